import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { TOXICS } from '../../../src/proxy/toxics/index.js';
import type { Attributes } from '../../../src/proxy/toxics/toxic.js';
import { VirtualDatagrams } from './virtual-datagrams.js';

test('what waits is bounded per direction, and what is beyond it is dropped and counted', (t) => {
	const line = new VirtualDatagrams({ mostPerLink: 3 * (100 + 256) });
	line.add('latency', { latency: 10 });
	for (let i = 0; i < 5; i++) line.send(0, 100);
	line.run(20);
	t.is(line.out.length, 3);
	t.like(line.link.counts, { received: 5, sent: 3, overflow: 2, lost: 0 });
	line.send(20, 100).run(30);
	t.is(line.out.length, 4, 'there is room again');
});

test('empty datagrams take room, too', (t) => {
	const line = new VirtualDatagrams({ mostPerLink: 2560 });
	line.add('latency', { latency: 10 });
	for (let i = 0; i < 1000; i++) line.send(0, '');
	t.is(line.link.counts.overflow, 990);
});

test('the room of all flows is one, and is given back when a link is closed', (t) => {
	const line = new VirtualDatagrams({ most: 1000 });
	line.room.held = 500;
	line.add('latency', { latency: 10 });
	line.send(0, 100).send(0, 100);
	t.like(line.link.counts, { overflow: 1 });
	t.is(line.room.held, 856);
	line.link.close();
	t.is(line.room.held, 500);
	t.is(line.heap.waiting, 0);
	line.send(5, 100).run(100);
	t.is(line.out.length, 0);
});

test('copies find a bounded room: many duplicates do not grow without end', (t) => {
	const line = new VirtualDatagrams({ mostPerLink: 100 * 260 });
	for (let i = 0; i < 20; i++) line.add('duplicate', { rate: 1 });
	line.send(0, 'abcd');
	t.true(line.out.length > 100 && line.out.length < 10_000, String(line.out.length));
	t.is(line.room.held, 0);
});

test('what the system does not take is counted', (t) => {
	const line = new VirtualDatagrams();
	line.takes = false;
	line.send(0, 'a');
	t.like(line.link.counts, { received: 1, sent: 0, unsent: 1 });
});

test('extreme settings: no crash, no hang, and removing them gives everything back', (t) => {
	const values = [0, 1, 3, 100, 5000, 1e12, -1, -1e9, 2 ** 53 - 1];
	for (let seed = 0; seed < 200; seed++) {
		const chance = rng(seed);
		const line = new VirtualDatagrams({ mostPerLink: 50_000 });
		for (let step = 0; step < 30; step++) {
			const [type] = TYPES[Math.floor(chance.next() * TYPES.length)] as (typeof TYPES)[number];
			const info = TOXICS.get(type);
			const attributes: Attributes = {};
			for (const [name, { kind }] of Object.entries(info?.attributes ?? {})) {
				if (kind === 'int64') attributes[name] = values[Math.floor(chance.next() * values.length)] as number;
				else if (kind === 'float') attributes[name] = chance.next();
				else if (name === 'distribution') attributes[name] = ['uniform', 'normal', 'pareto'][step % 3] as string;
			}
			if (info?.objection(attributes) === null) line.add(type, attributes, seed);
			line.send(step * 10, Math.floor(chance.next() * 2000));
			line.send(step * 10, 0);
			if (step % 10 === 9) for (let i = 0; i < 3; i++) line.remove(0);
		}
		line.run(1000);
		line.link.setStages([]);
		t.is(line.room.held, 0, `seed ${seed}`);
		t.true(line.link.empty);
		t.is(line.heap.waiting, 0);
	}
});

const TYPES: [string, (next: () => number) => Attributes][] = [
	['latency', (next) => ({ latency: Math.floor(next() * 50), jitter: Math.floor(next() * 50) })],
	['bandwidth', (next) => ({ rate: Math.floor(next() * 5), queue: Math.floor(next() * 3000) })],
	['packet_loss', (next) => ({ loss_rate: next() / 3, correlation: next() })],
	['duplicate', (next) => ({ rate: next() / 2 })],
	['corrupt', (next) => ({ rate: next() })],
	['reorder', (next) => ({ rate: next(), gap: 1 + Math.floor(next() * 4), hold: 1 + Math.floor(next() * 60) })],
	['limit_data', (next) => ({ bytes: Math.floor(next() * 5000) })],
	['timeout', (next) => ({ timeout: Math.floor(next() * 20) })],
	['noop', () => ({})],
];

test('toxics added, changed and removed at random: every datagram is sent or counted, in time order, and nothing is left', (t) => {
	for (let seed = 0; seed < 150; seed++) {
		const chance = rng(seed);
		const next = (): number => chance.next();
		const line = new VirtualDatagrams(seed % 3 === 0 ? { mostPerLink: 20_000 } : {});
		const here: number[] = [];
		let copies = false;
		for (let step = 0; step < 120; step++) {
			line.run(step * 3);
			const [type, attributes] = TYPES[Math.floor(next() * TYPES.length)] as (typeof TYPES)[number];
			const what = next();
			if (what < 0.1 && here.length < 5) {
				here.push(line.add(type, attributes(next), seed));
				copies ||= type === 'duplicate';
			} else if (what < 0.15 && here.length > 0) {
				line.remove(0);
				here.pop();
			} else if (what < 0.2 && here.length > 0) line.update(0, { latency: 1, rate: 1, timeout: 1, bytes: 10_000, gap: 1, hold: 5 });
			else line.send(step * 3, Math.floor(next() * 300));
		}
		line.run(1_000_000);
		const { received, sent, lost, overflow } = line.link.counts;
		if (copies) t.true(sent + lost + overflow >= received, `seed ${seed}`);
		else t.is(sent + lost + overflow, received, `seed ${seed}`);
		t.is(sent, line.out.length);
		t.is(line.room.held, 0, `seed ${seed}: room`);
		t.true(line.link.empty, `seed ${seed}: queue`);
		t.is(line.heap.waiting, 0, `seed ${seed}: times`);
		t.true(line.out.every(([at], i) => i === 0 || at >= (line.out[i - 1]?.[0] ?? 0)));
	}
});
