import test from 'ava';
import { runNeeded } from '../../../src/checks/metrics/time-to-failover.js';
import { failing, judged, verdicts } from '../history.js';

test('the run that shows a failover: at least 30, more for many nodes', (t) => {
	t.deepEqual([1, 1 / 3, 0.1].map(runNeeded), [30, 30, 44]);
});

test('no failure at all is 0; else the first of a run of good requests', (t) => {
	t.like(judged({}).metrics.timeToFailoverMs, { value: 0, lo: 0, hi: 0 });
	const { value, lo, hi } = judged({ fate: failing(0, 2000, 3) }).metrics.timeToFailoverMs!;
	t.true(lo! <= value! && value === hi && value! > 1950 && value! < 2010, `${lo} ${value} ${hi}`);
});

test('pass, fail, never', (t) => {
	t.deepEqual(verdicts(judged({ fate: failing(0, 500, 3) }, ['timeToFailover <= 1s'])), { timeToFailover: 'pass' });
	t.deepEqual(verdicts(judged({ fate: failing(0, 5000, 3) }, ['timeToFailover <= 1s'])), { timeToFailover: 'fail' });
	const never = judged({ fate: failing(0, 10_000, 3) }, ['timeToFailover <= 1s', 'timeToFailover <= 60s']);
	t.like(never.metrics.timeToFailoverMs, { value: null, hi: null });
	t.true(never.metrics.timeToFailoverMs!.lo! > 9800);
	t.deepEqual(
		never.checks.filter((c) => c.asked).map((c) => c.verdict),
		['fail', 'inconclusive'],
	);
});

test('requests that hang until the heal were not saved by a failover', (t) => {
	const hanging = judged(
		{
			kind: 'freeze',
			fate: ({ i, at }) => (at >= 0 && at < 9900 && i % 3 === 0 ? (at < 5000 ? { outcome: 'failed', latencyMs: 5000 } : { latencyMs: 9950 - at }) : undefined),
		},
		['timeToFailover <= 6s'],
	);
	t.is(hanging.metrics.timeToFailoverMs!.value, null);
	t.deepEqual(verdicts(hanging), { timeToFailover: 'fail' });
});

test('a fault too short for a run of good requests decides nothing', (t) => {
	const short = judged({ faultMs: 300 }, ['timeToFailover <= 1s']);
	t.is(short.metrics.timeToFailoverMs!.value, null);
	t.deepEqual(verdicts(short), { timeToFailover: 'inconclusive' });
});
