import test from 'ava';
import { type Rng, rng } from '../../src/model/rng.js';
import { peakEwma } from '../../src/policies/load.js';
import { p2c } from '../../src/policies/p2c.js';
import type { Policy } from '../../src/policies/policy.js';
import { random } from '../../src/policies/random.js';
import { candidates } from './table.js';

const maxOverMean = (policy: Policy, n: number, balls: number, chance: Rng): number => {
	const from = candidates(...Array.from({ length: n }, () => 1));
	const bins = new Array<number>(n).fill(0);
	for (let i = 0; i < balls; i++) {
		const bin = policy.pick(from, chance, 0);
		policy.sent?.(bin, 0);
		bins[bin] = bins[bin]! + 1;
	}
	return Math.max(...bins) / (balls / n);
};

test('two distinct nodes are drawn: the busiest of two is never taken, of three it is', (t) => {
	const policy = p2c();
	for (let i = 0; i < 5; i++) policy.sent?.(0, 0);
	for (let seed = 0; seed < 200; seed++) t.is(policy.pick(candidates(1, 1), rng(seed), 0), 1);
	const third = new Set(Array.from({ length: 200 }, (_, seed) => policy.pick(candidates(1, 1, 1), rng(seed), 0)));
	t.deepEqual([...third].sort(), [1, 2], 'the least of any pair');
	t.is(policy.pick(candidates(1), rng(1), 0), 0);
});

test('100 000 balls in 100 bins: max over mean is 1.08 with one choice and 1.002 with two', (t) => {
	const one = maxOverMean(random(), 100, 100_000, rng(12_345).fork('one'));
	const two = maxOverMean(p2c(), 100, 100_000, rng(12_345).fork('two'));
	t.true(one > 1.05 && one < 1.1, String(one));
	t.true(two > 1 && two < 1.0045, String(two));
});

test('100 000 balls in 100 000 bins: the fullest holds 7 to 9 with one choice, 3 or 4 with two', (t) => {
	const one = maxOverMean(random(), 100_000, 100_000, rng(12_345).fork('many one'));
	const two = maxOverMean(p2c(), 100_000, 100_000, rng(12_345).fork('many two'));
	t.true(one >= 7 && one <= 9, String(one));
	t.true(two >= 3 && two <= 4, String(two));
});

test('the load metric is an axis of its own: with peak EWMA the faster of two is taken', (t) => {
	const policy = p2c(peakEwma());
	policy.done?.(0, { ok: true, latencyMs: 100, now: 0 });
	policy.done?.(1, { ok: true, latencyMs: 10, now: 0 });
	for (let seed = 0; seed < 20; seed++) t.is(policy.pick(candidates(1, 1), rng(seed), 0), 1);
});
