import test from 'ava';
import { judged, type Scene } from './history.js';

const unasked = (scene: Scene, expectations: string[] = [], spec = {}) => {
	const result = judged(scene, expectations, spec);
	return { result, checks: Object.fromEntries(result.checks.filter((c) => !c.asked).map((c) => [c.name, c.verdict])) };
};

test('double executions and lost requests are judged though nobody asked', (t) => {
	t.deepEqual(unasked({}).checks, { nonIdempotentDoubleExecuted: 'pass', lost: 'pass' });
	const lie = unasked({ fate: ({ at }) => (at === 2000 ? { executed: [] } : undefined) });
	t.deepEqual(lie.checks, { nonIdempotentDoubleExecuted: 'pass', lost: 'fail' });
	t.is(lie.result.verdict, 'fail');
});

test('not when allowed by name, nor twice when asked', (t) => {
	t.deepEqual(unasked({}, [], { allow: ['lost'] }).checks, { nonIdempotentDoubleExecuted: 'pass' });
	const asked = unasked({}, ['lost <= 3']);
	t.deepEqual(asked.checks, { nonIdempotentDoubleExecuted: 'pass' });
	t.is(asked.result.checks.filter((c) => c.metric === 'lost').length, 1);
});

test('nothing exposed: a note, and the run can still pass', (t) => {
	const { result, checks } = unasked(
		{ fate: ({ node, at, method }) => (node === 'n2' && method === 'POST' && at > -200 && at < 10_000 ? { nodes: ['n1'] } : undefined) },
		['availability >= 99%'],
	);
	t.deepEqual(checks, { lost: 'pass' });
	t.is(result.verdict, 'pass');
	t.true(result.notes.some((n) => n.startsWith('nonIdempotentDoubleExecuted was not decided')));
});

test('replicas without a ledger: a note, unless somebody asks', (t) => {
	const { result, checks } = unasked({ without: ['ledger'] }, ['availability >= 99%']);
	t.deepEqual(checks, {});
	t.is(result.verdict, 'pass');
	t.is(result.notes.filter((n) => n.includes('was not decided')).length, 2);
	t.is(judged({ without: ['ledger'] }, ['lost == 0']).verdict, 'inconclusive');
	t.is(judged({ without: ['ledger'] }).verdict, 'inconclusive', 'nothing else was asked, so nothing was judged');
});

test('ids that do not join make the run inconclusive though nobody asked about both sides', (t) => {
	const { result, checks } = unasked({ without: ['ids'] }, ['availability >= 99%']);
	t.deepEqual(checks, { nonIdempotentDoubleExecuted: 'inconclusive', lost: 'inconclusive' });
	t.is(result.verdict, 'inconclusive');
});

test('a mix that cannot execute anything twice is not asked about it', (t) => {
	const plan = {
		traffic: {
			rate: 100,
			pacing: 'constant',
			timeoutMs: 5000,
			connections: 'pooled',
			mix: [{ method: 'GET', path: '/task', share: 1, headers: {}, body: null, idempotent: true, ok: { op: '<', status: 400 } }],
		},
	} as const;
	const result = judged({ fate: () => ({ method: 'GET' }) }, [], {}, { traffic: { ...plan.traffic, mix: [...plan.traffic.mix] } });
	t.deepEqual(
		result.checks.map((c) => [c.name, c.verdict]),
		[['lost', 'pass']],
	);
});
