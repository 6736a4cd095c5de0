import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { apportion } from '../../src/policies/apportion.js';

const TABLE: [shares: number[], weights: number[]][] = [
	[
		[0.5, 0.3, 0.2],
		[50, 30, 20],
	],
	[
		[1, 1, 1],
		[1, 1, 1],
	],
	[
		[2, 1],
		[67, 33],
	],
	[
		[0.999, 0.001],
		[99, 1],
	],
	[
		[0.99999, 0.000005, 0.000005],
		[98, 1, 1],
	],
	[
		[3, 0, 1],
		[75, 0, 25],
	],
	[
		[0, 0],
		[0, 0],
	],
	[[7], [1]],
	[[], []],
];
for (const [shares, weights] of TABLE) test(`${JSON.stringify(shares)} → ${JSON.stringify(weights)}`, (t) => t.deepEqual(apportion(shares), weights));

test('the largest remainder: 41.6, 34.7, 23.7 of 10 seats', (t) => t.deepEqual(apportion([41.6, 34.7, 23.7], 10), [4, 4, 2]));

test('whatever the shares: the sum is right, nobody live has nothing, and nobody is further from its due than others must be', (t) => {
	for (let seed = 0; seed < 300; seed++) {
		const chance = rng(seed);
		const shares = Array.from({ length: 1 + Math.floor(chance.next() * 150) }, () => (chance.next() < 0.1 ? 0 : chance.next() ** 6));
		const weights = apportion(shares);
		const live = shares.filter((share) => share > 0).length;
		t.true(weights.every((weight, i) => Number.isInteger(weight) && (shares[i] === 0 ? weight === 0 : weight >= 1)));
		if (live > 1)
			t.is(
				weights.reduce((sum, weight) => sum + weight, 0),
				Math.max(100, live),
			);
		const ordered = shares.map((share, i) => [share, weights[i] as number] as const).sort((a, b) => a[0] - b[0]);
		for (let i = 1; i < ordered.length; i++) t.true(ordered[i]![1] >= ordered[i - 1]![1] - 1, 'more share, no less weight');
	}
});
