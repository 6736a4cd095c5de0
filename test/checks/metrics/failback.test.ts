import test from 'ava';
import { judged, type Scene, verdicts } from '../history.js';

/** n2 gets nothing from the fault until `from` after the heal. */
const shunned = (from: number): Scene['fate'] => {
	return ({ at }) => (at >= 0 && at < 10_000 + from ? { nodes: ['n1'] } : undefined);
};

test('the first request sent after the heal that reaches the healed node', (t) => {
	const { value } = judged({ fate: shunned(2000) }).metrics.failbackMs!;
	t.true(value! >= 2000 && value! < 2050, `${value}`);
});

test('pass, fail, never within the window', (t) => {
	t.deepEqual(verdicts(judged({ fate: shunned(500) }, ['failback <= 1s'])), { failback: 'pass' });
	t.deepEqual(verdicts(judged({ fate: shunned(3000) }, ['failback <= 1s'])), { failback: 'fail' });
	const never = judged({ fate: shunned(60_000) }, ['failback <= 1s', 'failback <= 60s']);
	t.like(never.metrics.failbackMs, { value: null, lo: 6000, hi: null });
	t.deepEqual(
		never.checks.filter((c) => c.asked).map((c) => c.verdict),
		['fail', 'inconclusive'],
	);
});

test('a thawed node that reads what had been waiting is not a failback', (t) => {
	const fate: Scene['fate'] = ({ i, at }) =>
		at >= 5000 && at < 9000 && i % 3 === 0
			? { nodes: ['n2'], receiptMs: 10_050 - at, outcome: 'failed', latencyMs: 5000, executed: [] }
			: shunned(3000)!({ i, at } as never);
	const { value } = judged({ kind: 'freeze', fate }).metrics.failbackMs!;
	t.true(value! >= 3000, `${value}`);
});

test('not healed, or ids that do not survive: unseen', (t) => {
	t.is(judged({ without: ['healed'] }).metrics.failbackMs!.value, null);
	const anonymous = judged({ without: ['ids'] }, ['failback <= 1s']);
	t.is(anonymous.metrics.failbackMs!.value, null);
	t.deepEqual(verdicts(anonymous), { failback: 'inconclusive' });
});
