import test from 'ava';
import { rng } from '../../../../src/model/rng.js';
import { TOXICS } from '../../../../src/proxy/toxics/index.js';
import type { Attributes } from '../../../../src/proxy/toxics/toxic.js';
import { DatagramBandwidth } from '../../../../src/proxy/udp/toxics/bandwidth.js';
import { misplaced } from '../../../../src/proxy/udp/toxics/index.js';
import { VirtualDatagrams } from '../virtual-datagrams.js';

interface Row {
	name: string;
	toxics: [string, Attributes][];
	/** `[ms, content]`, or so many bytes of x. */
	sent: [number, string | number][];
	out: [number, string | number][];
	lost?: number;
}

const rows: Row[] = [
	{
		name: 'nothing',
		toxics: [],
		sent: [
			[0, 'a'],
			[1, ''],
		],
		out: [
			[0, 'a'],
			[1, ''],
		],
	},
	{ name: 'noop', toxics: [['noop', {}]], sent: [[3, 'a']], out: [[3, 'a']] },
	{
		name: 'latency: also an empty one waits',
		toxics: [['latency', { latency: 100 }]],
		sent: [
			[0, 'a'],
			[30, ''],
			[30, 'c'],
		],
		out: [
			[100, 'a'],
			[130, ''],
			[130, 'c'],
		],
	},
	{
		name: 'latency: two add up',
		toxics: [
			['latency', { latency: 100 }],
			['latency', { latency: 20 }],
		],
		sent: [[0, 'a']],
		out: [[120, 'a']],
	},
	{
		name: 'packet_loss: all, empty ones too',
		toxics: [['packet_loss', { loss_rate: 1 }]],
		sent: [
			[0, 'a'],
			[0, ''],
		],
		out: [],
		lost: 2,
	},
	{
		name: 'packet_loss: none',
		toxics: [['packet_loss', {}]],
		sent: [
			[0, 'a'],
			[0, ''],
		],
		out: [
			[0, 'a'],
			[0, ''],
		],
	},
	{
		name: 'packet_loss: with rate 0 the correlation alone loses nothing',
		toxics: [['packet_loss', { loss_rate: 0, correlation: 1 }]],
		sent: [
			[0, 'a'],
			[0, 'b'],
		],
		out: [
			[0, 'a'],
			[0, 'b'],
		],
	},
	{
		name: 'duplicate',
		toxics: [['duplicate', { rate: 1 }]],
		sent: [
			[0, 'a'],
			[5, ''],
		],
		out: [
			[0, 'a'],
			[0, 'a'],
			[5, ''],
			[5, ''],
		],
	},
	{
		name: 'duplicate twice: four',
		toxics: [
			['duplicate', { rate: 1 }],
			['duplicate', { rate: 1 }],
		],
		sent: [[0, 'a']],
		out: [
			[0, 'a'],
			[0, 'a'],
			[0, 'a'],
			[0, 'a'],
		],
	},
	{
		name: 'duplicate before bandwidth: the copy needs its time, too',
		toxics: [
			['duplicate', { rate: 1 }],
			['bandwidth', { rate: 1 }],
		],
		sent: [[0, 100]],
		out: [
			[100, 100],
			[200, 100],
		],
	},
	{
		name: 'bandwidth: one after another, whole',
		toxics: [['bandwidth', { rate: 10 }]],
		sent: [
			[0, 1000],
			[0, 500],
			[300, 100],
		],
		out: [
			[100, 1000],
			[150, 500],
			[310, 100],
		],
	},
	{
		name: 'bandwidth: tail drop behind `queue` bytes',
		toxics: [['bandwidth', { rate: 1, queue: 250 }]],
		sent: [
			[0, 100],
			[0, 100],
			[0, 100],
			[0, 50],
			[120, 100],
		],
		out: [
			[100, 100],
			[200, 100],
			[250, 50],
			[350, 100],
		],
		lost: 1,
	},
	{
		name: 'bandwidth: one that is longer than the queue passes where the line is free',
		toxics: [['bandwidth', { rate: 100, queue: 10 }]],
		sent: [
			[0, 60_000],
			[1, 5],
			[700, 60_000],
		],
		out: [
			[600, 60_000],
			[1300, 60_000],
		],
		lost: 1,
	},
	{
		name: 'bandwidth: rate 0 passes nothing',
		toxics: [['bandwidth', { rate: 0 }]],
		sent: [
			[0, 'a'],
			[0, ''],
		],
		out: [],
		lost: 2,
	},
	{
		name: 'timeout 0: nothing, for ever',
		toxics: [['timeout', {}]],
		sent: [
			[0, 'a'],
			[100_000, ''],
		],
		out: [],
		lost: 2,
	},
	{
		name: 'timeout: nothing for so long',
		toxics: [['timeout', { timeout: 50 }]],
		sent: [
			[0, 'a'],
			[49, 'b'],
			[50, 'c'],
		],
		out: [[50, 'c']],
		lost: 2,
	},
	{
		name: 'limit_data: whole datagrams, and the first that does not fit ends it',
		toxics: [['limit_data', { bytes: 10 }]],
		sent: [
			[0, 4],
			[0, 0],
			[0, 4],
			[0, 3],
			[0, 1],
		],
		out: [
			[0, 4],
			[0, 0],
			[0, 4],
		],
		lost: 2,
	},
	{
		name: 'limit_data: exactly',
		toxics: [['limit_data', { bytes: 4 }]],
		sent: [
			[0, 4],
			[0, 0],
		],
		out: [[0, 4]],
		lost: 1,
	},
	{
		name: 'limit_data 0: nothing',
		toxics: [['limit_data', { bytes: 0 }]],
		sent: [
			[0, 0],
			[0, 1],
		],
		out: [],
		lost: 2,
	},
	{
		name: 'reorder: held ones go on at the latest after `hold`, in their order',
		toxics: [['reorder', { rate: 1, hold: 30 }]],
		sent: [
			[0, 'a'],
			[10, 'b'],
		],
		out: [
			[30, 'a'],
			[40, 'b'],
		],
	},
	{
		name: 'reorder: none',
		toxics: [['reorder', { rate: 0 }]],
		sent: [
			[0, 'a'],
			[0, 'b'],
		],
		out: [
			[0, 'a'],
			[0, 'b'],
		],
	},
];

for (const { name, toxics, sent, out, lost = 0 } of rows) {
	test(name, (t) => {
		const line = new VirtualDatagrams();
		for (const [type, attributes] of toxics) line.add(type, attributes);
		for (const [at, content] of sent) line.send(at, content);
		line.run(1_000_000);
		t.deepEqual(
			line.out,
			out.map(([at, content]) => [at, typeof content === 'number' ? 'x'.repeat(content) : content]),
		);
		t.is(line.link.counts.lost, lost);
		t.is(line.room.held, 0, 'all room is given back');
		t.is(line.heap.waiting, 0, 'and no time is waited for');
	});
}

const letters = (count: number): string[] => Array.from({ length: count }, (_, i) => `d${i}`);

test('reorder: a held one comes behind exactly gap later ones', (t) => {
	for (const gap of [1, 2, 5]) {
		const line = new VirtualDatagrams();
		line.add('reorder', { rate: 0.2, gap, hold: 1000 }, 3);
		const names = letters(400);
		for (const [i, name] of names.entries()) line.send(i, name);
		line.run(10_000);
		const came = line.out.map(([, name]) => Number(name.slice(1)));
		t.deepEqual(
			[...came].sort((a, b) => a - b),
			names.map((_, i) => i),
			'each exactly once',
		);
		// Whoever comes after a larger one was held (RFC 4737: n-reordering).
		const held = came.filter((n, i) => came.slice(0, i).some((before) => before > n));
		t.true(held.length > 40 && held.length < 130, `${held.length} of 400 at a rate of 0.2`);
		const last = names.length - 1;
		for (const n of held) {
			const passing = came.slice(0, came.indexOf(n)).filter((before) => before > n && !held.includes(before));
			if (n < last - 5 * gap - 20) t.is(passing.length, gap, `d${n}, gap ${gap}`);
		}
		t.true(line.out.every(([at], i) => i === 0 || at >= (line.out[i - 1]?.[0] ?? 0)));
	}
});

test('latency with jitter reorders, and each keeps within its bounds', (t) => {
	const line = new VirtualDatagrams();
	line.add('latency', { latency: 50, jitter: 40 }, 5);
	for (const [i, name] of letters(300).entries()) line.send(i, name);
	line.run(10_000);
	t.is(line.out.length, 300);
	t.true(
		line.out.some(([, name], i) => i > 0 && Number(name.slice(1)) < Number(line.out[i - 1]?.[1].slice(1))),
		'some overtake',
	);
	for (const [at, name] of line.out) {
		const waited = at - Number(name.slice(1));
		t.true(waited >= 10 && waited < 90, `${name} waited ${waited} ms`);
	}
});

test('a full correlation keeps the order that no correlation loses', (t) => {
	const inversions = (correlation: number): number => {
		const line = new VirtualDatagrams();
		line.add('latency', { latency: 50, jitter: 40, correlation, distribution: 'normal' }, 5);
		for (const [i, name] of letters(300).entries()) line.send(i, name);
		line.run(10_000);
		return line.out.filter(([, name], i) => i > 0 && Number(name.slice(1)) < Number(line.out[i - 1]?.[1].slice(1))).length;
	};
	t.true(inversions(0.99999) * 3 < inversions(0));
});

test('packet_loss: the share is right, and correlation makes bursts', (t) => {
	const runs = (correlation: number): { lost: number; bursts: number } => {
		const line = new VirtualDatagrams();
		line.add('packet_loss', { loss_rate: 0.1, correlation }, 11);
		for (const name of letters(5000)) line.send(0, name);
		const there = new Set(line.out.map(([, name]) => name));
		const gone = letters(5000).map((name) => !there.has(name));
		return { lost: line.link.counts.lost, bursts: gone.filter((is, i) => is && !gone[i - 1]).length };
	};
	const plain = runs(0);
	t.true(Math.abs(plain.lost - 500) < 100, `${plain.lost} of 5000 at 0.1`);
	const bursty = runs(0.8);
	t.true(bursty.lost / bursty.bursts > 5, `${bursty.lost} in ${bursty.bursts} bursts`);
	t.true(plain.lost / plain.bursts < 1.3);
});

test('corrupt flips one bit of a share, and not those of a copy', (t) => {
	const line = new VirtualDatagrams();
	line.add('duplicate', { rate: 1 });
	line.add('corrupt', { rate: 0.5 }, 2);
	const original = 'the quick brown fox';
	for (let i = 0; i < 500; i++) line.send(0, original);
	const flipped = line.bytes.map((bytes) => [...bytes].reduce((sum, byte, i) => sum + bits(byte ^ original.charCodeAt(i)), 0));
	t.is(flipped.length, 1000);
	t.true(flipped.every((n) => n === 0 || n === 1));
	t.true(Math.abs(flipped.filter((n) => n === 1).length - 500) < 100);
	t.true(
		flipped.some((n, i) => i % 2 === 0 && n !== flipped[i + 1]),
		'a copy is decided about by itself',
	);
});
const bits = (byte: number): number => [...byte.toString(2)].filter((c) => c === '1').length;

test('decisions are keyed by the datagram, not by what other toxics let through', (t) => {
	const alone = new VirtualDatagrams();
	alone.add('packet_loss', { loss_rate: 0.3 }, 4);
	const behind = new VirtualDatagrams();
	behind.add('latency', { latency: 30, jitter: 30 }, 9);
	behind.add('packet_loss', { loss_rate: 0.3 }, 4);
	for (const name of letters(200)) {
		alone.send(0, name);
		behind.send(0, name);
	}
	behind.run(1000);
	t.deepEqual(behind.order.split(' ').sort(), alone.order.split(' ').sort());
	const other = new VirtualDatagrams();
	other.add('packet_loss', { loss_rate: 0.3 }, 5);
	for (const name of letters(200)) other.send(0, name);
	t.not(other.order, alone.order, 'another seed decides differently');
});

test('what waits goes on at once when its toxic is changed or removed, and meets those behind it', (t) => {
	const line = new VirtualDatagrams();
	const slow = line.add('latency', { latency: 500 });
	line.send(0, 'a').send(10, 'b').run(20);
	line.update(slow, { latency: 100 });
	t.deepEqual(line.out, [
		[20, 'a'],
		[20, 'b'],
	]);
	line.send(20, 'c').run(30);
	line.add('latency', { latency: 7 });
	line.remove(slow);
	line.run(36);
	t.is(line.out.length, 2);
	line.run(37);
	t.deepEqual(line.out.slice(2), [[37, 'c']]);
});

test('a new bandwidth paces those that wait anew', (t) => {
	const line = new VirtualDatagrams();
	const narrow = line.add('bandwidth', { rate: 1 });
	line.send(0, 100).send(0, 100).send(0, 100).run(150);
	t.deepEqual(
		line.out.map(([at]) => at),
		[100],
	);
	line.update(narrow, { rate: 10 });
	line.run(1000);
	t.deepEqual(
		line.out.map(([at]) => at),
		[100, 160, 170],
	);
	line.update(narrow, { rate: 0 });
	line.send(1000, 5).run(2000);
	t.is(line.link.counts.lost, 1);
});

test('a changed timeout begins anew, a raised limit goes on', (t) => {
	const line = new VirtualDatagrams();
	const dead = line.add('timeout', { timeout: 10 });
	line.send(20, 'a');
	line.update(dead, { timeout: 10 });
	line.send(29, 'b').send(30, 'c');
	t.is(line.order, 'a c');
	line.remove(dead);
	const limit = line.add('limit_data', { bytes: 1 });
	line.send(30, 'd').send(30, 'e');
	line.update(limit, { bytes: 2 });
	line.send(30, 'f').send(30, 'g');
	t.is(line.order, 'a c d f');
});

test('a reorder that is removed, changed or switched off and on holds nobody and repeats nobody', (t) => {
	const line = new VirtualDatagrams();
	const hold = line.add('reorder', { rate: 1, hold: 1000 });
	line.send(0, 'a').run(1);
	line.update(hold, { rate: 0 });
	t.is(line.order, 'a');
	line.send(1, 'b');
	line.update(hold, { rate: 1 });
	line.send(2, 'c');
	line.remove(hold);
	t.is(line.order, 'a b c');
	line.run(5000);
	t.is(line.order, 'a b c');
	t.is(line.room.held, 0);
});

test('every toxic is either for connections or for datagrams or for both, and says so', (t) => {
	for (const type of ['slicer', 'slow_close', 'reset_peer', 'reset_connect']) t.regex(misplaced(type, true) ?? '', /^\w+ works on connections/, type);
	for (const type of ['latency', 'bandwidth', 'timeout', 'limit_data', 'noop', 'packet_loss', 'corrupt', 'duplicate', 'blackhole', 'slow_open']) {
		t.is(misplaced(type, true), null, type);
		t.is(misplaced(type, false), null, type);
	}
	t.is(misplaced('reorder', true), null);
	t.regex(misplaced('reorder', false) ?? '', /^reorder works on datagrams/);
	for (const type of TOXICS.keys()) t.false(misplaced(type, true) !== null && misplaced(type, false) !== null, type);
});

test('reorder refuses what makes no sense', (t) => {
	const objection = TOXICS.get('reorder')?.objection;
	t.is(objection?.({ rate: 0.5, gap: 1, hold: 100 }), null);
	t.regex(objection?.({ rate: 2, gap: 1, hold: 100 }) ?? '', /rate/);
	t.regex(objection?.({ rate: 0.5, gap: 0, hold: 100 }) ?? '', /gap/);
	t.regex(objection?.({ rate: 0.5, gap: 1, hold: 0 }) ?? '', /hold/);
	t.regex(TOXICS.get('bandwidth')?.objection({ rate: 1, queue: -1 }) ?? '', /queue/);
});

test('a shared bandwidth is one line for all flows', (t) => {
	const shared = { nextFree: Number.NEGATIVE_INFINITY };
	const attributes = { rate: 10, shared: true, queue: 65_536 };
	const lines = [0, 1].map(() => new DatagramBandwidth({ attributes, shared, now: 0, chance: rng(1) }));
	const due = (line: number, at: number): number => {
		const datagram = { bytes: Buffer.alloc(100), due: at, next: 0, fate: 'pass' as const, key: '0', copies: 0, turn: -1 };
		lines[line]?.shape(datagram);
		return datagram.due;
	};
	t.deepEqual([due(0, 0), due(1, 0), due(0, 5), due(1, 100)], [10, 20, 30, 110]);
});
