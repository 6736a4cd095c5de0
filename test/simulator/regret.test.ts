import test from 'ava';
import type { ChooserName } from '../../src/model/plan.js';
import type { PolicyStanding } from '../../src/model/simulation.js';
import { regrets } from '../../src/simulator/regret.js';

const standing = (policy: ChooserName, success: number, p99Ms: number | null, meanMs: number) => ({ policy, success, p99Ms, meanMs }) as PolicyStanding;

test('a landslide in one situation weighs more than near ties in another', (t) => {
	const found = regrets([
		{ name: 'A', policies: [standing('p2c', 1, 10, 5), standing('random', 1, 40, 5)] },
		{ name: 'B', policies: [standing('random', 1, 100, 20), standing('p2c', 1, 101, 20)] },
	]);
	t.deepEqual(found, [
		{ policy: 'p2c', lost: 0, p99Times: 1.005, meanTimes: 1 },
		{ policy: 'random', lost: 0, p99Times: 2, meanTimes: 1 },
	]);
});

test('success first, then the tail, then the mean; differences of a hundredth of a point or a percent are none', (t) => {
	const order = (...policies: PolicyStanding[]) => regrets([{ name: 'A', policies }]).map(({ policy }) => policy);
	t.deepEqual(order(standing('p2c', 0.99, 10, 5), standing('random', 0.995, 900, 800)), ['random', 'p2c']);
	t.deepEqual(order(standing('p2c', 0.99999, 10, 5), standing('random', 1, 20, 5)), ['p2c', 'random']);
	t.deepEqual(order(standing('p2c', 1, 100.2, 5), standing('random', 1, 100, 6)), ['p2c', 'random']);
	t.deepEqual(order(standing('p2c', 1, null, 7), standing('random', 1, null, 6)), ['random', 'p2c']);
	t.deepEqual(regrets([]), []);
});
