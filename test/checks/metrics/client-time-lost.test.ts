import test from 'ava';
import { judged, verdicts } from '../history.js';

test('sums what the fault cost beyond the baseline median, stalls that end well included', (t) => {
	const stall = judged({ fate: ({ at }) => (at === 1000 || at === 2000 ? { latencyMs: 1052 } : undefined) }, ['clientTimeLost <= 3s', 'clientTimeLost < 1s']);
	t.like(stall.metrics.clientTimeLostMs, { value: 2000, lo: 2000, hi: 2000 });
	t.deepEqual(
		stall.checks.filter((c) => c.asked).map((c) => c.verdict),
		['pass', 'fail'],
	);
	t.is(judged({}).metrics.clientTimeLostMs!.value, 0);
});

test('without a baseline it is unseen', (t) => {
	const result = judged({ baselineMs: 0 }, ['clientTimeLost <= 3s']);
	t.is(result.metrics.clientTimeLostMs!.value, null);
	t.deepEqual(verdicts(result), { clientTimeLost: 'inconclusive' });
});
