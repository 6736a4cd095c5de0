import test from 'ava';
import { Lease } from '../../src/custody/lease.js';

const TICK = 50;
/** Asks every tick from `from` to `to`; gives when it was first missed. */
const firstMiss = (lease: Lease, from: number, to: number): number | undefined => {
	for (let now = from; now <= to; now += TICK) if (lease.missed(now)) return now;
	return undefined;
};

test('silence beyond the lease is a miss, and not before', (t) => {
	t.is(firstMiss(new Lease(5000, TICK, 0), 0, 10_000), 5050);
	const lease = new Lease(5000, TICK, 0);
	t.is(firstMiss(lease, 0, 4000), undefined);
	lease.heard(4000);
	t.is(firstMiss(lease, 4050, 20_000), 9050);
});

test('whoever was late itself by more than a second grants one more lease, then no more', (t) => {
	const lease = new Lease(5000, TICK, 0);
	t.is(firstMiss(lease, 0, 1000), undefined);
	t.false(lease.missed(60_000), 'we were paused: whose silence was it?');
	t.is(firstMiss(lease, 60_050, 80_000), 65_050);
});

test('a little lateness excuses nothing', (t) => {
	const lease = new Lease(5000, TICK, 0);
	t.is(firstMiss(lease, 0, 4500), undefined);
	t.true(lease.missed(5400));
});
