import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { copyOf, type Datagram } from '../../../src/proxy/udp/datagram.js';
import { DueQueue } from '../../../src/proxy/udp/due-queue.js';

const datagram = (key: string, due: number): Datagram => ({ bytes: Buffer.from(key), due, next: 0, fate: 'pass', key, copies: 0, turn: -1 });

test('by due time, then in turn', (t) => {
	const queue = new DueQueue();
	for (const [key, due] of [
		['a', 5],
		['b', 3],
		['c', 5],
		['d', 3],
	] as const)
		queue.push(datagram(key, due));
	t.is(queue.due, 3);
	t.is(
		queue
			.take()
			.map(({ key }) => key)
			.join(''),
		'bdac',
	);
	t.is(queue.size, 0);
	t.is(queue.due, Number.POSITIVE_INFINITY);
	t.is(queue.shift(), undefined);
});

test('one that is moved is there once, behind those of its new time', (t) => {
	const queue = new DueQueue();
	const moved = datagram('m', 100);
	queue.push(moved);
	queue.push(datagram('a', 5));
	moved.due = 5;
	queue.push(moved);
	t.is(queue.size, 2);
	t.is(
		queue
			.take()
			.map(({ key }) => key)
			.join(''),
		'am',
	);
});

test('as a sorted list, whatever is moved', (t) => {
	for (let seed = 0; seed < 50; seed++) {
		const chance = rng(seed);
		const queue = new DueQueue();
		const all: Datagram[] = [];
		for (let i = 0; i < 300; i++) {
			const again = all[Math.floor(chance.next() * all.length)];
			if (again && chance.next() < 0.6) {
				again.due = Math.floor(chance.next() * again.due);
				queue.push(again);
			} else {
				const fresh = datagram(String(i), Math.floor(chance.next() * 1000));
				all.push(fresh);
				queue.push(fresh);
			}
		}
		t.is(queue.size, all.length);
		const sorted = [...all].sort((a, b) => a.due - b.due || a.turn - b.turn).map(({ key }) => key);
		t.deepEqual(
			queue.take().map(({ key }) => key),
			sorted,
			`seed ${seed}`,
		);
	}
});

test('copies have keys of their own', (t) => {
	const original = datagram('7', 0);
	const first = copyOf(original);
	t.deepEqual([first.key, copyOf(original).key, copyOf(first).key, first.turn], ['7.1', '7.2', '7.1.1', -1]);
});
