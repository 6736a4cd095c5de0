import test from 'ava';
import { rendezvous } from '../../src/policies/rendezvous.js';
import { homes, shares, strays } from './keys.js';
import { candidates } from './table.js';

test('each user has a node, every node its share of users by weight', (t) => {
	const owners = homes(rendezvous(), candidates(3, 1, 1, 1));
	t.deepEqual(owners, homes(rendezvous(), candidates(3, 1, 1, 1)), 'whichever client asks');
	for (const [index, share] of shares(owners, 4).entries()) t.true(Math.abs(share - (index === 0 ? 0.5 : 1 / 6)) < 0.011, `${index} ${share}`);
});

test('when a node goes, only its users move, and to all others alike', (t) => {
	const all = candidates(1, 1, 1, 1, 1);
	const before = homes(rendezvous(), all);
	const after = homes(
		rendezvous(),
		all.filter(({ index }) => index !== 2),
	);
	t.is(strays(before, after, 2), 0);
	const heirs = shares(
		after.filter((_, i) => before[i] === 2),
		5,
	);
	for (const index of [0, 1, 3, 4]) t.true(Math.abs((heirs[index] as number) - 0.25) < 0.035, String(heirs));
});
