import test from 'ava';
import { judged, type Scene, verdicts } from '../history.js';

const ALL = ['replayed == 0', 'doubleExecuted == 0', 'nonIdempotentReplayed == 0', 'nonIdempotentDoubleExecuted == 0'];

/** In the fault, every tenth request of the method goes to n2 and then to n1, executed there (and, after a thaw, at n2 too). */
const repeated = (method: string, executed: string[]): Scene['fate'] => {
	return ({ i, at, method: mine }) =>
		at >= 0 && at < 9000 && mine === method && Math.floor(i / 2) % 10 === 0 ? { nodes: ['n2', 'n1'], executed: executed.map((node) => ({ node })) } : undefined;
};

test('no repeat: all pass on the requests that were exposed, and say what that proves', (t) => {
	const result = judged({}, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(result)))], ['pass']);
	t.regex(result.checks[2]!.why, /^0 of 1 exposed; proves </);
});

test('replayed GETs are no harm by themselves, replayed POSTs are, double executions are worse', (t) => {
	const gets = judged({ kind: 'reset', fate: repeated('GET', ['n1']) }, ALL);
	t.deepEqual(verdicts(gets), { replayed: 'fail', doubleExecuted: 'pass', nonIdempotentReplayed: 'pass', nonIdempotentDoubleExecuted: 'pass' });
	t.like(gets.metrics.replayed, { value: 45, lo: 45, hi: 45, observedBy: 'tap' });
	const posts = judged({ kind: 'reset', fate: repeated('POST', ['n1']) }, ALL);
	t.deepEqual(verdicts(posts), { replayed: 'fail', doubleExecuted: 'pass', nonIdempotentReplayed: 'fail', nonIdempotentDoubleExecuted: 'pass' });
	const twice = judged({ kind: 'freeze', fate: repeated('POST', ['n1', 'n2']) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(twice)))], ['fail']);
	t.is(twice.metrics.availability!.value, 1);
	const check = twice.checks.find((c) => c.name === 'nonIdempotentReplayed')!;
	t.deepEqual([check.value, check.evidence.length], [45, 20]);
});

test('nothing exposed is inconclusive: n2 had traffic, but no POST of it met the fault', (t) => {
	const result = judged({ fate: ({ at, method, node }) => (at < 0 && at > -200 && node === 'n2' && method === 'POST' ? { nodes: ['n1'] } : undefined) }, ALL);
	t.like(verdicts(result), { nonIdempotentReplayed: 'inconclusive', nonIdempotentDoubleExecuted: 'inconclusive' });
});

test('executions that only the tap could bound: a zero is no pass, a repeat is proof', (t) => {
	const clean = judged({ without: ['ledger'] }, ALL);
	t.deepEqual(verdicts(clean), {
		replayed: 'pass',
		doubleExecuted: 'inconclusive',
		nonIdempotentReplayed: 'pass',
		nonIdempotentDoubleExecuted: 'inconclusive',
	});
	t.like(clean.metrics.doubleExecuted, { value: 0, hi: null, observedBy: 'tap' });
	const twice = judged({ kind: 'freeze', without: ['ledger'], fate: repeated('POST', ['n1', 'n2']) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(twice)))], ['fail']);
});

test('a cut-off drain and lost ids: what was found is still proof, a zero proves nothing', (t) => {
	const cut = judged({ complete: false }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(cut)))], ['inconclusive']);
	t.is(cut.metrics.replayed!.hi, null);
	const proof = judged({ kind: 'reset', complete: false, lagMs: 900, fate: repeated('POST', ['n1', 'n2']) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(proof)))], ['fail']);
	const anonymous = judged({ without: ['ids'] }, ALL);
	t.is(anonymous.metrics.replayed!.value, null);
	t.deepEqual([...new Set(Object.values(verdicts(anonymous)))], ['inconclusive']);
});

test('the same receipt told twice is one receipt; a made-up answer is no execution', (t) => {
	const receipt = { kind: 'receipt', t: 6001, id: 'r501', node: 'n3', method: 'GET', path: '/task', conn: 1, life: 1 } as const;
	const injected = { kind: 'response', t: 6051, id: 'r501', node: 'n3', status: 503, conn: 1, life: 1, injected: true } as const;
	const result = judged({
		kind: 'error',
		without: ['ledger'],
		more: [receipt, receipt, injected, injected],
		fate: ({ id }) => (id === 'r501' ? { nodes: [] } : undefined),
	});
	t.is(result.metrics.replayed!.value, 0);
	t.is(result.metrics.doubleExecuted!.value, 0);
});
