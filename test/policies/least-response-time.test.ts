import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { leastResponseTime } from '../../src/policies/least-response-time.js';
import { candidates, picks } from './table.js';

test('every node is explored, then the fastest gets the calls until it is busy', (t) => {
	const policy = leastResponseTime();
	const from = candidates(1, 1, 1);
	const latency = [30, 10, 50];
	const first = Array.from({ length: 3 }, () => {
		const index = policy.pick(from, rng(1), 0);
		policy.sent?.(index, 0);
		policy.done?.(index, { ok: true, latencyMs: latency[index]!, now: 0 });
		return index;
	});
	t.deepEqual(first.sort(), [0, 1, 2]);
	t.is(picks(policy, from, 3, rng(2), 1), 'bbb');
	for (let i = 0; i < 3; i++) policy.sent?.(1, 1);
	t.is(picks(policy, from, 1, rng(2), 1), 'a', '10 × 4 > 30 × 1');
});

test('a node that was slow is tried again when the memory of it has decayed', (t) => {
	const policy = leastResponseTime();
	const from = candidates(1, 1);
	policy.done?.(0, { ok: true, latencyMs: 10, now: 0 });
	policy.done?.(1, { ok: true, latencyMs: 100, now: 0 });
	t.is(picks(policy, from, 1, rng(1), 1), 'a');
	policy.done?.(0, { ok: true, latencyMs: 10, now: 30_000 });
	t.is(picks(policy, from, 1, rng(1), 30_000), 'b');
});
