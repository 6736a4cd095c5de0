import test from 'ava';
import { type Fate, judged, type Scene, verdicts } from '../history.js';

const ALL = ['ghost == 0', 'late == 0', 'lost == 0', 'ambiguous == 0', 'missedRetry == 0'];
const NONE = { ghost: 'pass', late: 'pass', lost: 'pass', ambiguous: 'pass', missedRetry: 'pass' };

/** Ten requests of the fault have this fate. */
const ten = (fate: Fate): Scene['fate'] => {
	return ({ i, at }) => (at >= 0 && at < 9000 && i % 90 === 0 ? fate : undefined);
};

test('a clean fault passes all five', (t) => {
	t.deepEqual(verdicts(judged({}, ALL)), NONE);
});

test('each class is told from the others', (t) => {
	const cases: [string, Fate, Partial<typeof NONE>][] = [
		['ghost', { outcome: 'failed', nodes: ['n2'], executed: [{ node: 'n2', afterMs: 40 }] }, { ghost: 'fail' }],
		['late', { outcome: 'failed', nodes: ['n2'], latencyMs: 5000, executed: [{ node: 'n2', afterMs: 5500 }] }, { ghost: 'fail', late: 'fail' }],
		['lost', { outcome: 'ok', nodes: ['n2'], executed: [] }, { lost: 'fail' }],
		['ambiguous', { outcome: 'failed', nodes: ['n2'], executed: [] }, { ambiguous: 'fail' }],
		['missedRetry', { outcome: 'failed', nodes: [] }, { missedRetry: 'fail' }],
	];
	for (const [name, fate, expected] of cases) {
		const result = judged({ kind: 'reset', fate: ten(fate) }, ALL);
		t.deepEqual(verdicts(result), { ...NONE, ...expected }, name);
		t.is(result.metrics[name]!.value, 10, name);
	}
});

test('an execution after the answer came from elsewhere is late too', (t) => {
	const result = judged({ kind: 'freeze', fate: ten({ nodes: ['n2', 'n1'], executed: [{ node: 'n1' }, { node: 'n2', afterMs: 9000 }] }) });
	t.is(result.metrics.late!.value, 10);
	t.is(result.metrics.ghost!.value, 0);
});

test('what is proven by absence needs every observer', (t) => {
	const bad = ten({ outcome: 'failed', nodes: [] });
	for (const without of [['ids'], ['receipts', 'ledger']]) {
		const { metrics } = judged({ without, fate: bad });
		t.deepEqual([metrics.lost!.value, metrics.ambiguous!.value, metrics.missedRetry!.value], [null, null, null]);
	}
	const cut = judged({ complete: false, fate: ten({ outcome: 'ok', nodes: ['n2'], executed: [] }) }, ['lost == 0']);
	t.like(cut.metrics.lost, { value: 10, lo: 0, hi: null });
	t.deepEqual(verdicts(cut), { lost: 'inconclusive' });
});

test('seen by taps alone: no arrival is proof of a lie; a missing answer, or one that passed, is no proof about work', (t) => {
	t.deepEqual(verdicts(judged({ without: ['ledger'] }, ['lost == 0'])), { lost: 'inconclusive' });
	t.deepEqual(verdicts(judged({ without: ['ledger'], fate: ten({ nodes: [], executed: [] }) }, ['lost == 0'])), { lost: 'fail' });
	// The answer may have died with a killed tap, or the client may have left before the replica was done.
	const unanswered = judged({ without: ['ledger'], fate: ten({ nodes: ['n2'], executed: [] }) }, ['lost == 0']);
	t.deepEqual(verdicts(unanswered), { lost: 'inconclusive' });
	t.like(unanswered.metrics.lost, { value: 10, lo: 0 });
});

test('a tolerated error and an answer that our own fault made up claim no work: nothing is lost', (t) => {
	const tolerated = judged({ kind: 'error', fate: ten({ outcome: 'ok', status: 404, nodes: ['n1'], executed: [] }) }, ['lost == 0']);
	t.deepEqual(verdicts(tolerated), { lost: 'pass' });
	const injected = ten({ outcome: 'ok', status: 200, nodes: ['n2'], executed: [], answers: [{ node: 'n2', status: 200, injected: true }] });
	t.deepEqual(verdicts(judged({ kind: 'error', fate: injected }, ['lost == 0'])), { lost: 'pass' });
});

test('an app that fails after the work makes ghosts', (t) => {
	const result = judged({ kind: 'reset', fate: ten({ outcome: 'failed', status: 500, nodes: ['n1'], executed: [{ node: 'n1' }] }) }, ALL);
	t.deepEqual(verdicts(result), { ...NONE, ghost: 'fail' });
});

test('lost, ghost and late after the fault are proofs too', (t) => {
	const after =
		(fate: Fate): Scene['fate'] =>
		({ at }) =>
			at === 11_000 ? fate : undefined;
	t.deepEqual(verdicts(judged({ fate: after({ executed: [] }) }, ALL)), { ...NONE, lost: 'fail' });
	t.deepEqual(verdicts(judged({ fate: after({ outcome: 'failed', executed: [{ node: 'n1' }] }) }, ALL)), { ...NONE, ghost: 'fail' });
});

test('a receipt that joins nothing may be of a request that was seen nowhere: then it was no missed retry', (t) => {
	const stray = { kind: 'receipt', t: 7000, id: null, node: 'n1', method: 'GET', path: '/task', conn: 9, life: 1 } as const;
	const result = judged({ kind: 'reset', more: [stray], fate: ten({ outcome: 'failed', nodes: [] }) }, ['ambiguous == 0', 'missedRetry == 10']);
	t.like(result.metrics.ambiguous, { value: 0, lo: 0, hi: 1 });
	t.deepEqual(verdicts(result), { ambiguous: 'inconclusive', missedRetry: 'inconclusive' });
});

test('receipts that join nothing may be the missing ones', (t) => {
	const strays = Array.from(
		{ length: 20 },
		(_, i) => ({ kind: 'receipt', t: 7000 + i, id: null, node: 'n1', method: 'GET', path: '/task', conn: 9, life: 1 }) as const,
	);
	const result = judged({ kind: 'reset', more: [...strays], fate: ten({ outcome: 'ok', nodes: [], executed: [] }) }, ['lost == 0']);
	t.like(result.metrics.lost, { value: 10, lo: 0 });
	t.deepEqual(verdicts(result), { lost: 'inconclusive' });
});
