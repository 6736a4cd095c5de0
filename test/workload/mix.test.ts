import test from 'ava';
import type { MixEntry } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import { mixer } from '../../src/workload/mix.js';

const mix = (...shares: number[]): MixEntry[] =>
	shares.map((share) => ({ method: 'GET', path: '/', share, headers: {}, body: null, idempotent: true, ok: { op: '<', status: 400 } }));

const counted = (choose: (n: number) => number, entries: number, n: number): number[] => {
	const counts = new Array<number>(entries).fill(0);
	for (let i = 0; i < n; i++) counts[choose(i)]! += 1;
	return counts;
};

for (const shares of [[1], [0.5, 0.5], [1, 3], [70, 20, 10]]) {
	test(`shares ${shares.join(' : ')} are met within 5 standard errors`, (t) => {
		const n = 20_000;
		const total = shares.reduce((a, b) => a + b, 0);
		const counts = counted(mixer(mix(...shares), rng(11)), shares.length, n);
		for (const [i, share] of shares.entries()) {
			const p = share / total;
			const allowed = 5 * Math.sqrt(n * p * (1 - p));
			t.true(Math.abs(counts[i]! - n * p) <= allowed, `entry ${i}: ${counts[i]} of ${n}, expected ${n * p} ± ${allowed.toFixed(0)}`);
		}
	});
}

test('keyed by the ordinal, not by the order of the calls', (t) => {
	const forwards = Array.from({ length: 200 }, (_, n) => mixer(mix(1, 1), rng(5))(n));
	const backwards = mixer(mix(1, 1), rng(5));
	for (let n = 199; n >= 0; n--) t.is(backwards(n), forwards[n]!);
});

test('neighbours are independent: all four pairs of a 1:1 mix are about as frequent', (t) => {
	const choose = mixer(mix(1, 1), rng(9));
	const pairs = [0, 0, 0, 0];
	for (let n = 0; n < 8000; n++) pairs[choose(n) * 2 + choose(n + 1)]! += 1;
	for (const count of pairs) t.true(Math.abs(count - 2000) < 250, String(pairs));
});

test('another seed gives another order', (t) => {
	const order = (seed: number) => Array.from({ length: 64 }, (_, n) => mixer(mix(1, 1), rng(seed))(n));
	t.notDeepEqual(order(1), order(2));
});
