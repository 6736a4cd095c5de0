import test from 'ava';
import { failing, judged, verdicts } from '../history.js';

test('three good bins in a row after the heal', (t) => {
	t.like(judged({}).metrics.timeToRecoverMs, { value: 0, lo: 0, hi: 0 });
	t.like(judged({ fate: failing(10_000, 12_000, 3) }).metrics.timeToRecoverMs, { value: 2000, lo: 1000, hi: 2000 });
});

test('pass, fail, never, too short', (t) => {
	t.deepEqual(verdicts(judged({}, ['timeToRecover <= 1s'])), { timeToRecover: 'pass' });
	t.deepEqual(verdicts(judged({ fate: failing(10_000, 13_000, 3) }, ['timeToRecover <= 1s'])), { timeToRecover: 'fail' });
	const never = judged({ fate: failing(0, 20_000, 3) }, ['timeToRecover <= 1s', 'timeToRecover <= 60s']);
	t.like(never.metrics.timeToRecoverMs, { value: null, lo: 6000, hi: null });
	t.deepEqual(
		never.checks.filter((c) => c.asked).map((c) => c.verdict),
		['fail', 'inconclusive'],
	);
	const short = judged({ afterMs: 2000 }, ['timeToRecover <= 1s']);
	t.like(short.metrics.timeToRecoverMs, { value: null, lo: 0 });
	t.deepEqual(verdicts(short), { timeToRecover: 'inconclusive' });
});

test('not healed: undecided', (t) => {
	const result = judged({ without: ['healed'] }, ['timeToRecover <= 1s']);
	t.is(result.metrics.timeToRecoverMs!.value, null);
	t.deepEqual(verdicts(result), { timeToRecover: 'inconclusive' });
	t.regex(result.checks[0]!.why, /not seen to heal/);
});
