import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { maxThroughput } from '../../src/policies/max-throughput.js';
import type { Policy } from '../../src/policies/policy.js';
import { candidates } from './table.js';

/** One call every 5 ms for 20 s; `serve` gives the latency and whether it was good. Returns the counts of the second half. */
const drive = (policy: Policy, serve: (index: number, now: number) => { latencyMs: number; ok: boolean } | null): number[] => {
	const from = candidates(1, 1, 1);
	const counts = [0, 0, 0];
	const ends: { at: number; index: number; latencyMs: number; ok: boolean }[] = [];
	for (let now = 0; now < 20_000; now += 5) {
		ends.sort((a, b) => a.at - b.at);
		while (ends[0] && ends[0].at <= now) {
			const { at, index, latencyMs, ok } = ends.shift()!;
			policy.done?.(index, { ok, latencyMs, now: at });
		}
		const index = policy.pick(from, rng(1), now);
		policy.sent?.(index, now);
		if (now >= 10_000) counts[index] = counts[index]! + 1;
		const served = serve(index, now);
		if (served) ends.push({ at: now + served.latencyMs, index, ...served });
	}
	return counts;
};

test('calls are shared in proportion to the throughput of a busy slot', (t) => {
	const [a, b, c] = drive(maxThroughput(), (index) => ({ latencyMs: [20, 40, 80][index]!, ok: true })) as [number, number, number];
	t.true(a > 1.5 * b && b > 1.4 * c && c > 100, `${a} ${b} ${c}`);
});

test('equal nodes stay equal: the busiest is not rewarded for being busy', (t) => {
	const policy = maxThroughput();
	for (let i = 0; i < 200; i++) {
		policy.sent?.(0, i);
		policy.done?.(0, { ok: true, latencyMs: 1, now: i + 1 });
	}
	const counts = drive(policy, () => ({ latencyMs: 50, ok: true }));
	for (const count of counts) t.true(Math.abs(count - 667) < 40, String(counts));
});

test('neither a node that fails at once nor one that hangs keeps its share, and both are still tried', (t) => {
	const failing = drive(maxThroughput(), (index) => ({ latencyMs: index === 1 ? 1 : 50, ok: index !== 1 }));
	t.true(failing[1]! < 250 && failing[1]! > 0, String(failing));
	const hanging = drive(maxThroughput(), (index) => (index === 2 ? null : { latencyMs: 50, ok: true }));
	t.true(hanging[2]! < 100, String(hanging));
});
