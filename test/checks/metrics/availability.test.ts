import test from 'ava';
import { failing, judged, verdicts } from '../history.js';

test('all good: the exact one-sided limit', (t) => {
	const { value, lo, hi, exposure } = judged({}).metrics.availability!;
	t.deepEqual([value, hi, exposure], [1, 1, 1006]);
	t.true(Math.abs(lo! - 0.05 ** (1 / 1006)) < 1e-12);
});

test('pass, fail and undecided', (t) => {
	t.deepEqual(verdicts(judged({}, ['availability >= 99%'])), { availability: 'pass' });
	const third = judged({ fate: failing(0, 10_000, 3) }, ['availability >= 99%']);
	t.deepEqual(verdicts(third), { availability: 'fail' });
	t.true(Math.abs(third.metrics.availability!.value! - 2 / 3) < 0.01);
	const close = judged({ fate: failing(0, 10_000, 91) }, ['availability >= 99%']);
	t.deepEqual(verdicts(close), { availability: 'inconclusive' });
	t.regex(close.checks[0]!.next!, /^needs [\d ]+ more requests$/);
});

test('a request in flight when the fault struck belongs to the fault, not to the baseline', (t) => {
	const result = judged({ fate: ({ at }) => (at === -20 ? { outcome: 'failed', latencyMs: 25 } : undefined) }, ['availability >= 99%']);
	t.true(result.metrics.availability!.value! < 1);
	t.regex(result.notes[0]!, /100 % ok/);
	t.deepEqual(result.checks[0]!.evidence.length, 1);
});

test('a baseline that breaks the bound by itself leaves a fail undecided', (t) => {
	const result = judged({ fate: failing(-4500, 10_000, 3) }, ['availability >= 99%']);
	t.deepEqual(verdicts(result), { availability: 'inconclusive' });
	t.regex(result.checks[0]!.why, /before the fault/);
	t.deepEqual(verdicts(judged({ fate: failing(0, 10_000, 3) }, ['availability <= 70%'])), { availability: 'pass' });
});

test('no request in the fault is unseen, not 0', (t) => {
	const empty = judged({ without: ['effective'], faultMs: 0, afterMs: 0, fate: undefined as never }, ['availability >= 99%']);
	t.deepEqual(verdicts(empty), { availability: 'inconclusive' });
});
