import test from 'ava';
import { judged, verdicts } from '../history.js';

const slow = (every: number) => ({
	fate: ({ i, at }: { i: number; at: number }) => (at >= 0 && at < 10_000 && i % every === 0 ? { latencyMs: 900 } : undefined),
});

test('quantiles of the fault, failures at the time the client learned', (t) => {
	const { p50Ms, p99Ms } = judged(slow(50)).metrics;
	t.deepEqual([p50Ms!.value, p99Ms!.value], [52, 900]);
	const timeouts = judged({ fate: ({ i, at }) => (at >= 0 && at < 10_000 && i % 2 === 0 ? { outcome: 'failed', latencyMs: 5000 } : undefined) });
	t.is(timeouts.metrics.p99Ms!.value, 5000);
});

test('pass, fail, and too few requests for an upper limit', (t) => {
	t.deepEqual(verdicts(judged({}, ['p99 <= 100ms', 'p50 <= 100ms'])), { p99: 'pass', p50: 'pass' });
	t.deepEqual(verdicts(judged(slow(20), ['p99 <= 100ms', 'p50 <= 100ms'])), { p99: 'fail', p50: 'pass' });
	const few = judged({ rate: 20 }, ['p99 <= 100ms', 'p50 <= 100ms']);
	t.deepEqual(verdicts(few), { p99: 'inconclusive', p50: 'pass' });
	t.is(few.metrics.p99Ms!.hi, null);
	t.is(few.checks[0]!.next, 'needs 97 more requests');
});

test('a slow baseline leaves a fail undecided', (t) => {
	const always = judged({ fate: ({ i }) => (i % 20 === 0 ? { latencyMs: 900 } : undefined) }, ['p99 <= 100ms']);
	t.deepEqual(verdicts(always), { p99: 'inconclusive' });
});

test('latency counts from the intended time, so that a late sender hides nothing', (t) => {
	const { value } = judged({ fate: ({ at }) => (at >= 0 && at < 10_000 ? { latencyMs: 300 } : undefined) }).metrics.p50Ms!;
	t.is(value, 300);
});
