import test from 'ava';
import { judged, verdicts } from '../history.js';

test('counts requests that overlap the fault, those in flight when it struck included', (t) => {
	// 100/s for 10 s, and those sent in the last 52 ms before the fault (the interval is closed at both ends).
	t.like(judged({}).metrics.requests, { value: 1006, exposure: 1006, observedBy: 'client' });
	t.like(judged({ faultMs: 2000 }).metrics.requests, { value: 206 });
});

test('passes, fails, and is inconclusive without a fault that was seen', (t) => {
	t.deepEqual(verdicts(judged({}, ['requests >= 500'])), { requests: 'pass' });
	t.deepEqual(verdicts(judged({}, ['requests >= 5000'])), { requests: 'fail' });
	t.deepEqual(verdicts(judged({ without: ['effective'] }, ['requests >= 500'])), { requests: 'inconclusive' });
});

test('requests still open when the run ended count in no rate', (t) => {
	const result = judged(
		{ complete: false, fate: ({ i, at }) => (at > 5000 && at < 6000 && i % 10 === 0 ? { outcome: 'unfinished', latencyMs: 60_000 } : undefined) },
		[],
		{},
		{ traffic: { rate: 100, pacing: 'constant', timeoutMs: 120_000, connections: 'pooled', mix: [] } },
	);
	t.is(result.metrics.requests!.value, 997);
	t.true(result.notes.some((n) => n.startsWith('9 requests were still open')));
	const timedOut = judged({ fate: ({ i, at }) => (at > 5000 && at < 6000 && i % 10 === 0 ? { outcome: 'unfinished', latencyMs: 11_000 } : undefined) });
	t.is(timedOut.metrics.requests!.value, 1006);
	t.true(timedOut.metrics.availability!.value! < 1);
});
