import test from 'ava';
import type { RequestEvent } from '../../src/model/event.js';
import { nginxAttempts, parseNginxLine } from '../../src/wire/nginx-log.js';

// Lines that nginx 1.22.1 wrote; fields are parted by tabs.
const line = (...fields: string[]): string => fields.join('\t');
const NODES: Record<string, string> = { '127.0.0.1:21001': 'n1', '127.0.0.1:21002': 'n2', '127.0.0.1:21003': 'n3', '127.0.0.1:21005': 'n5' };
const ZERO = 1_795_437_420_000;

const tell = (text: string, answer: Partial<RequestEvent>): unknown[] => {
	const parsed = parseNginxLine(text);
	if (!parsed) return ['no line'];
	const request: RequestEvent = {
		kind: 'request',
		t: 0,
		sentMs: 0,
		endMs: 9000,
		id: parsed.id,
		method: 'GET',
		path: '/',
		mix: 0,
		idempotent: true,
		outcome: 'failed',
		...answer,
	};
	return nginxAttempts(
		[parsed],
		request,
		(address) => NODES[address] ?? null,
		(wall) => Math.round(wall - ZERO),
	).map((a) => [a.n, a.node, a.outcome, a.status ?? a.error ?? null, Math.round(a.t), Math.round(a.endMs)]);
};
const OK = { outcome: 'ok', status: 200 } as const;

for (const [name, text, answer, told] of [
	[
		'refused, then answered',
		line('r1', '1795437420.746', '200', '127.0.0.1:21002, 127.0.0.1:21001', '502, 200', '-, 0.000', '-, 0.006', '0.000, 0.008', '0, 102'),
		OK,
		[
			[1, 'n2', 'unsent', 'connect', 738, 738],
			[2, 'n1', 'ok', 200, 738, 746],
		],
	],
	[
		'both refused',
		line('r2', '1795437420.755', '502', '127.0.0.1:21002, 127.0.0.1:21005', '502, 502', '-, -', '-, -', '0.000, 0.000', '0, 0'),
		{ status: 502 },
		[
			[1, 'n2', 'unsent', 'connect', 755, 755],
			[2, 'n5', 'unsent', 'connect', 755, 755],
		],
	],
	['no live server: the name of the group is no attempt', line('r3', '1795437420.763', '502', 'dead', '502', '-', '-', '0.000', '0'), { status: 502 }, []],
	[
		'silent, given up, then answered',
		line('r4', '1795437421.074', '200', '127.0.0.1:21003, 127.0.0.1:21001', '504, 200', '0.001, 0.000', '-, 0.002', '0.301, 0.002', '106, 106'),
		OK,
		[
			[1, 'n3', 'failed', 'timeout', 771, 1072],
			[2, 'n1', 'ok', 200, 1072, 1074],
		],
	],
	[
		'the client gave up',
		line('r6', '1795437421.701', '499', '127.0.0.1:21003', '-', '0.000', '-', '0.500', '115'),
		{ error: 'timeout' },
		[[1, 'n3', 'failed', 'abandoned', 1201, 1701]],
	],
	[
		'the client gave up while connecting',
		line('r6', '1795437421.701', '499', '127.0.0.1:21003', '-', '-', '-', '0.500', '0'),
		{ error: 'timeout' },
		[[1, 'n3', 'unsent', 'connect', 1201, 1701]],
	],
	[
		'an error of the server is passed on',
		line('r9', '1795437421.753', '500', '127.0.0.1:21001', '500', '0.000', '0.002', '0.002', '118'),
		{ status: 500 },
		[[1, 'n1', 'failed', 500, 1751, 1753]],
	],
	[
		'a 404 that the mix calls ok',
		line('r9', '1795437421.753', '404', '127.0.0.1:21001', '404', '0.000', '0.002', '0.002', '118'),
		{ outcome: 'ok', status: 404 },
		[[1, 'n1', 'ok', 404, 1751, 1753]],
	],
	[
		'cut off in the body: nobody knows',
		line('r10', '1795437421.817', '200', '127.0.0.1:21001', '200', '0.000', '0.002', '0.051', '119'),
		{ error: 'ECONNRESET' },
		[[1, 'n1', 'unknown', 200, 1766, 1817]],
	],
	['answered by nginx itself', line('r11', '1795437421.827', '204', '-', '-', '-', '-', '-', '-'), { outcome: 'ok', status: 204 }, []],
	[
		'an internal redirect to another group',
		line('r12', '1795437421.839', '200', 'dead : 127.0.0.1:21001', '502 : 200', '- : 0.001', '- : 0.002', '0.000 : 0.002', '0 : 124'),
		OK,
		[[1, 'n1', 'ok', 200, 1837, 1839]],
	],
	[
		'an address that is no node',
		line('r13', '1795437421.839', '200', '10.0.0.1:80', '200', '0.000', '0.001', '0.001', '124'),
		OK,
		[[1, null, 'ok', 200, 1838, 1839]],
	],
	[
		'a hop inside the same nginx does not count beside a node',
		line('r13', '1795437421.839', '200', '127.0.0.1:9000 : 127.0.0.1:21001', '200 : 200', '0.000 : 0.000', '0.001 : 0.001', '0.001 : 0.001', '124 : 124'),
		OK,
		[[1, 'n1', 'ok', 200, 1838, 1839]],
	],
] as const) {
	test(name, (t) => t.deepEqual(tell(text, answer as Partial<RequestEvent>), told as unknown as unknown[]));
}

test('an attempt never begins before its request was sent', (t) => {
	const found = tell(line('r9', '1795437421.753', '200', '127.0.0.1:21001', '200', '0.000', '0.002', '0.002', '118'), { ...OK, sentMs: 1752.6 });
	t.deepEqual(found, [[1, 'n1', 'ok', 200, 1753, 1753]]);
});

for (const text of [
	'',
	'r1',
	line('-', '1795437421.753', '200', '-', '-', '-', '-', '-', '-'),
	line('r1', '1795437421.753', '200', '127.0.0.1:2100'),
	'127.0.0.1 - - [23/Nov/2026:12:37:01 +0000] "GET / HTTP/1.1" 200 3 "-" "curl"',
]) {
	test(`no line: ${JSON.stringify(text)}`, (t) => t.is(parseNginxLine(text), null));
}
