import test from 'ava';
import { HashRing } from '../../src/policies/hash-ring.js';
import { candidates } from './table.js';

test('users fall to hosts in proportion to the arcs that they own, which make up the circle', (t) => {
	const ring = new HashRing(candidates(1, 1, 1));
	const shares = [0, 0, 0];
	for (let i = 0; i < 20_000; i++) shares[ring.find(`user ${i}`, () => true) as number]! += 1 / 20_000;
	for (const [index, share] of ring.shares()) t.true(Math.abs((shares[index] as number) - share) < 0.011, `${index}`);
	const total = [...ring.shares().values()].reduce((sum, share) => sum + share, 0);
	t.true(Math.abs(total - 1) < 1e-9);
});

test('160 points a unit of weight keep the shares within 25 % of fair', (t) => {
	for (const [index, share] of new HashRing(candidates(2, 1, 1, 1, 1)).shares()) {
		const fair = index === 0 ? 1 / 3 : 1 / 6;
		t.true(Math.abs(share / fair - 1) < 0.25, `${index} ${share}`);
	}
});

test('nobody who takes it: no owner', (t) => {
	t.is(
		new HashRing(candidates(1, 1)).find('x', () => false),
		undefined,
	);
	t.is(
		new HashRing([]).find('x', () => true),
		undefined,
	);
});
