import test from 'ava';
import type { RequestEvent } from '../../src/model/event.js';
import { HAPROXY_LOG_FORMAT, haproxyAttempts, parseHaproxyLine } from '../../src/wire/haproxy-log.js';

// The values are those of lines that HAProxy 2.6.12 wrote: Ts ms Tq TR Tw Tc Ta ST ts rc s si sp.
const NODES: Record<string, string> = {
	'127.0.0.1:21001': 'n1',
	'127.0.0.1:21002': 'n2',
	'127.0.0.1:21003': 'n3',
	'127.0.0.1:21004': 'n4',
	'[::1]:21001': 'n6',
};
const ZERO = 1_795_437_450_000;
const line = (text: string): string => `daruma-witness|r1|${text.replaceAll(' ', '|')}`;
const tell = (text: string, answer: Partial<RequestEvent>, connectOnly = false): unknown[] => {
	const parsed = parseHaproxyLine(text);
	if (!parsed) return ['no line'];
	const request: RequestEvent = {
		kind: 'request',
		t: 0,
		sentMs: 0,
		endMs: 9000,
		id: 'r1',
		method: 'GET',
		path: '/',
		mix: 0,
		idempotent: true,
		outcome: 'failed',
		...answer,
	};
	return haproxyAttempts(
		parsed,
		request,
		(address) => NODES[address] ?? null,
		(wall) => wall - ZERO,
		connectOnly,
	).map((a) => [a.n, a.node, a.outcome, a.status ?? a.error ?? null, Math.round(a.t), Math.round(a.endMs)]);
};
const OK = { outcome: 'ok', status: 200 } as const;

for (const [name, text, answer, connectOnly, told] of [
	['one try', '1795437453 952 0 0 0 0 7 200 -- 0 a 127.0.0.1 21001', OK, true, [[1, 'n1', 'ok', 200, 3952, 3959]]],
	[
		'four refused tries at the same server, a second apart',
		'1795437450 769 0 0 0 -1 3003 503 SC 3 a 127.0.0.1 21002',
		{ status: 503 },
		true,
		[
			[1, 'n2', 'unsent', 'connect', 769, 1770],
			[2, 'n2', 'unsent', 'connect', 1770, 2771],
			[3, 'n2', 'unsent', 'connect', 2771, 3772],
			[4, 'n2', 'unsent', 'connect', 3772, 3772],
		],
	],
	[
		'two connects that timed out',
		'1795437450 000 0 0 0 -1 2000 503 sC 1 a 127.0.0.1 21002',
		{ status: 503 },
		true,
		[
			[1, 'n2', 'unsent', 'connect', 0, 1000],
			[2, 'n2', 'unsent', 'connect-timeout', 1000, 2000],
		],
	],
	[
		'redispatched: the first node is not named',
		'1795437452 783 0 0 0 1 1 200 -- +1 b 127.0.0.1 21001',
		OK,
		true,
		[
			[1, null, 'unsent', 'connect', 2783, 2784],
			[2, 'n1', 'ok', 200, 2784, 2784],
		],
	],
	[
		'with retry-on all, what was tried before may have been received',
		'1795437453 309 0 0 302 0 303 200 -- +1 b 127.0.0.1 21001',
		OK,
		false,
		[
			[1, null, 'failed', null, 3309, 3611],
			[2, 'n1', 'ok', 200, 3611, 3612],
		],
	],
	['reset after reading', '1795437452 873 0 0 0 0 0 502 SH 0 a 127.0.0.1 21004', { status: 502 }, true, [[1, 'n4', 'failed', 'no-answer', 2873, 2873]]],
	['silent', '1795437452 886 0 0 0 0 301 504 sH 0 a 127.0.0.1 21003', { status: 504 }, true, [[1, 'n3', 'failed', 'timeout', 2886, 3187]]],
	['the client gave up', '1795437452 886 0 0 0 0 301 -1 CH 0 a 127.0.0.1 21003', { error: 'timeout' }, true, [[1, 'n3', 'failed', 'abandoned', 2886, 3187]]],
	['no server available', '1795437453 941 0 0 -1 -1 0 503 SC 0 <NOSRV> - -', { status: 503 }, true, []],
	['tried once, then none was left', '1795437453 941 0 0 0 -1 5 503 SC 1 <NOSRV> - -', { status: 503 }, true, [[1, null, 'unsent', 'connect', 3941, 3946]]],
	['answered by HAProxy itself', '1795437454 039 0 0 -1 -1 0 204 LR 0 <NOSRV> - -', { outcome: 'ok', status: 204 }, true, []],
	[
		'cut off in the body: nobody knows',
		'1795437453 963 0 0 0 0 51 200 SD 0 a 127.0.0.1 21001',
		{ error: 'ECONNRESET' },
		true,
		[[1, 'n1', 'unknown', 200, 3963, 4014]],
	],
	[
		'a keep-alive connection: the request came 40 ms after the last',
		'1795437453 900 52 12 0 0 19 200 -- 0 a 127.0.0.1 21001',
		OK,
		true,
		[[1, 'n1', 'ok', 200, 3952, 3959]],
	],
	['IPv6', '1795437453 952 0 0 0 0 0 200 -- 0 a ::1 21001', OK, true, [[1, 'n6', 'ok', 200, 3952, 3952]]],
] as const) {
	test(name, (t) => t.deepEqual(tell(line(text), answer as Partial<RequestEvent>, connectOnly), told as unknown as unknown[]));
}

test('the line may stand behind the prefix of a log format of rsyslog', (t) =>
	t.is(parseHaproxyLine(`<134>Nov 23 haproxy[1]: ${line('1795437453 952 0 0 0 0 0 200 -- 0 a 127.0.0.1 21001')}`)?.id, 'r1'));

for (const text of [
	'',
	'[NOTICE]   (1) : haproxy version',
	'daruma-witness|-|1795437453|952|0|0|0|0|0|200|--|0|a|127.0.0.1|21001',
	'daruma-witness|r1|179543',
]) {
	test(`no line: ${JSON.stringify(text)}`, (t) => t.is(parseHaproxyLine(text), null));
}

test('the format has one field for each that is read', (t) => t.is(HAPROXY_LOG_FORMAT.split('|').length, 15));
