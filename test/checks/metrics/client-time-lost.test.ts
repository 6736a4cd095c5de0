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

test('failures that come fast repay no slow success, and none is below nothing', (t) => {
	const mixed = judged({
		fate: ({ i, at }) =>
			at < 0 || at >= 10_000 ? undefined : i % 10 === 0 ? { latencyMs: 1052 } : i % 3 === 0 ? { outcome: 'failed', latencyMs: 2 } : undefined,
	});
	t.is(mixed.metrics.clientTimeLostMs!.value, 100_000);
	t.is(judged({ fate: ({ at }) => (at >= 0 ? { latencyMs: 40 } : undefined) }).metrics.clientTimeLostMs!.value, 0);
});

test('a mix of fast and slow requests is no loss: each is compared with its own kind', (t) => {
	const result = judged({ fate: ({ i }) => (i % 2 === 1 ? { latencyMs: 552 } : undefined) }, ['clientTimeLost <= 1s']);
	t.is(result.metrics.clientTimeLostMs!.value, 0);
	t.deepEqual(verdicts(result), { clientTimeLost: 'pass' });
});

test('without a baseline it is unseen', (t) => {
	const result = judged({ baselineMs: 0 }, ['clientTimeLost <= 3s']);
	t.is(result.metrics.clientTimeLostMs!.value, null);
	t.deepEqual(verdicts(result), { clientTimeLost: 'inconclusive' });
});
