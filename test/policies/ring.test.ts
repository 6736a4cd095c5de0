import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { ring } from '../../src/policies/ring.js';
import { homes, strays } from './keys.js';
import { candidates } from './table.js';

test('a node that goes moves its own users and no others; when it is back all is as before', (t) => {
	const policy = ring();
	const all = candidates(1, 1, 1, 1, 1);
	const before = homes(policy, all);
	const after = homes(
		policy,
		all.filter(({ index }) => index !== 2),
	);
	t.is(strays(before, after, 2), 0);
	const moved = before.filter((index) => index === 2).length / before.length;
	t.true(Math.abs(moved - 0.2) < 0.06, `about 1/n: ${moved}`);
	t.deepEqual(homes(policy, all), before);
});

test('a new node takes about 1/n of the users, from everybody', (t) => {
	const policy = ring();
	const before = homes(policy, candidates(1, 1, 1, 1));
	const after = homes(policy, candidates(1, 1, 1, 1, 1));
	const moved = before.flatMap((index, i) => (after[i] === index ? [] : [after[i]]));
	t.true(moved.every((index) => index === 4));
	t.true(Math.abs(moved.length / before.length - 0.2) < 0.06);
});

test('requests of nobody in particular go to every node', (t) => {
	const policy = ring();
	const chance = rng(4).fork('no key');
	const used = new Set(Array.from({ length: 200 }, () => policy.pick(candidates(1, 1, 1), chance, 0)));
	t.is(used.size, 3);
});
