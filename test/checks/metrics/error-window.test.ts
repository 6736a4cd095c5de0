import test from 'ava';
import { failing, judged, verdicts } from '../history.js';

test('from the first to the last error by intended time; none is 0', (t) => {
	t.like(judged({}).metrics.errorWindowMs, { value: 0, lo: 0, hi: 0, exposure: 1 });
	t.like(judged({ fate: failing(500, 2501, 50) }).metrics.errorWindowMs, { value: 2000 });
});

test('pass, fail, and errors that went on until the end', (t) => {
	t.deepEqual(verdicts(judged({ fate: failing(0, 1000, 3) }, ['errorWindow <= 2s'])), { errorWindow: 'pass' });
	t.deepEqual(verdicts(judged({ fate: failing(0, 5000, 3) }, ['errorWindow <= 2s'])), { errorWindow: 'fail' });
	const endless = judged({ fate: ({ at }) => (at >= 0 ? { outcome: 'failed', nodes: [] } : undefined) }, ['errorWindow <= 60s', 'errorWindow < 2s']);
	t.is(endless.metrics.errorWindowMs!.hi, null);
	t.deepEqual(
		endless.checks.filter((c) => c.asked).map((c) => c.verdict),
		['inconclusive', 'fail'],
	);
});

test('a client timeout does not shift it, and errors after the heal belong to it', (t) => {
	t.like(judged({ fate: failing(0, 1001, 50, { outcome: 'failed', latencyMs: 5000 }) }).metrics.errorWindowMs, { value: 1000 });
	t.like(judged({ fate: ({ at }) => (at === 0 || at === 12_000 ? { outcome: 'failed' } : undefined) }).metrics.errorWindowMs, { value: 12_000 });
});

test('a fault that no request met has no error window, and passes nothing', (t) => {
	const result = judged({ rate: 1, faultMs: 300 }, ['errorWindow <= 2s']);
	t.is(result.metrics.requests!.value, 0);
	t.is(result.metrics.errorWindowMs!.value, null);
	t.deepEqual(verdicts(result), { errorWindow: 'inconclusive' });
});

test('errors before the fault leave it undecided', (t) => {
	t.deepEqual(verdicts(judged({ fate: failing(-4500, 1000, 10) }, ['errorWindow <= 2s'])), { errorWindow: 'inconclusive' });
});
