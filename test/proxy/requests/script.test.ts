import test from 'ava';
import { Memory } from '../../../src/proxy/requests/memory.js';
import type { RequestFacts } from '../../../src/proxy/requests/plan.js';
import { parseScript, playScript, type Script } from '../../../src/proxy/requests/script.js';

const facts: RequestFacts = { protocol: 'http/1.1', method: 'GET', path: '/', headers: [], conn: 0, client: { address: '127.0.0.1', port: 1 } };
/** What happens to the first attempts, in words. */
const attempts = (written: string, count = 1): string[] => {
	const script = parseScript(written);
	if (typeof script === 'string') return [script];
	return Array.from({ length: count }, (_, i) => playScript(script, i + 1, facts, 'x')?.action ?? 'pass');
};

const rows: [string, string[]][] = [
	['fail-first-2', ['status 503', 'status 503', 'pass', 'pass']],
	['fail-first-0', ['pass']],
	['succeed-on-attempt-4', ['status 503', 'status 503', 'status 503', 'pass']],
	['succeed-on-attempt-1', ['pass']],
	['fail-first-1, succeed-on-attempt-3', ['status 503', 'status 503', 'pass']],
	['status=500', ['status 500', 'status 500']],
	['status=500,fail-first-1', ['status 500', 'pass']],
	['delay=800ms', ['delay 800 ms', 'delay 800 ms']],
	['delay=2s', ['delay 2000 ms']],
	['delay=15', ['delay 15 ms']],
	['delay=5ms,fail-first-1', ['delay 5 ms, status 503', 'pass']],
	['rst-after-read', ['reset when read']],
	['rst-after-pass,fail-first-1', ['reset when passed', 'pass']],
	['truncate=100', ['truncate at 100']],
	['truncate=3,fail-first-1', ['truncate at 3', 'pass']],
	['truncate=3,status=200', ['status 200, truncate at 3']],
	['hang', ['hang']],
	['grpc-status=14', ['grpc status 14']],
	['', ['pass']],
	[' , ', ['pass']],
];
for (const [written, expected] of rows) test(`"${written}"`, (t) => t.deepEqual(attempts(written, expected.length), expected));

test('what is not known is named', (t) => {
	for (const token of [
		'fail-first',
		'fail-first-x',
		'fail-first-2s',
		'status=99',
		'status=600',
		'status=2e2',
		'status-500',
		'delay',
		'delay=-1',
		'delay=99999m',
		'hang=1',
		'HANG',
		'grpc-status=0',
		'grpc-status=17',
		'truncate',
		'succeed-on-attempt-0',
		'rst',
		'constructor',
	]) {
		const said = parseScript(`hang,${token}`);
		t.true(typeof said === 'string' && said.includes(JSON.stringify(token)) && said.includes('fail-first-N'), token);
	}
	t.true((parseScript('\u0000\r\nx'.repeat(100)) as string).length < 800);
	t.is(parseScript('hang,status=500'), 'x-daruma-behavior: hang and status=500 exclude each other');
	t.is(parseScript('hang,rst-after-read'), 'x-daruma-behavior: hang and rst-after-read exclude each other');
});

test('whoever carries a script gets gRPC in its own words', (t) => {
	const script = parseScript('grpc-status=14') as Script;
	t.is(playScript(script, 1, facts, 'x')?.answer?.status, 503);
	const grpc = playScript(script, 1, { ...facts, grpcMethod: 'a.B/C', headers: [['content-type', 'application/grpc']] }, 'x')?.answer;
	t.is(grpc?.status, 200);
	t.deepEqual(
		grpc?.headers.filter(([name]) => name !== 'x-daruma-injected'),
		[
			['content-type', 'application/grpc'],
			['grpc-status', '14'],
			['grpc-message', 'injected by daruma'],
		],
	);
	t.is(grpc?.body.length, 0);
});

test('the memory forgets whoever was not seen for longest', (t) => {
	const memory = new Memory(2);
	t.is(memory.seen('a'), 1);
	t.is(memory.seen('b'), 1);
	t.is(memory.seen('a'), 2);
	t.is(memory.seen('c'), 1);
	t.is(memory.seen('a'), 3);
	t.is(memory.seen('b'), 1);
});
