import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { TOXICS } from '../../../src/proxy/toxics/index.js';
import { cuts } from '../../../src/proxy/toxics/slicer.js';
import type { Attributes } from '../../../src/proxy/toxics/toxic.js';
import { VirtualLink } from '../virtual-link.js';

interface Row {
	name: string;
	toxics: [string, Attributes][];
	/** `[ms, bytes]`; the string ends the stream. */
	sent: ([number, number] | [number, 'fin'])[];
	out: [number, number][];
	end: { at: number; how: 'closed' | 'reset' } | null;
	live?: boolean;
}

const rows: Row[] = [
	{
		name: 'noop',
		toxics: [['noop', {}]],
		sent: [
			[0, 5],
			[1, 'fin'],
		],
		out: [[0, 5]],
		end: { at: 1, how: 'closed' },
	},
	{
		name: 'latency',
		toxics: [['latency', { latency: 100 }]],
		sent: [
			[0, 5],
			[30, 6],
		],
		out: [
			[100, 5],
			[130, 6],
		],
		end: null,
	},
	{
		name: 'latency: the end waits for the bytes only',
		toxics: [['latency', { latency: 100 }]],
		sent: [
			[0, 5],
			[1, 'fin'],
		],
		out: [[100, 5]],
		end: { at: 100, how: 'closed' },
	},
	{ name: 'latency: the end alone does not wait', toxics: [['latency', { latency: 100 }]], sent: [[7, 'fin']], out: [], end: { at: 7, how: 'closed' } },
	{
		name: 'latency, delay_fin',
		toxics: [['latency', { latency: 100, delay_fin: true }]],
		sent: [
			[0, 5],
			[50, 'fin'],
		],
		out: [[100, 5]],
		end: { at: 150, how: 'closed' },
	},
	{ name: 'latency, negative', toxics: [['latency', { latency: -100 }]], sent: [[0, 5]], out: [[0, 5]], end: null },
	{
		name: 'two latencies add up',
		toxics: [
			['latency', { latency: 100 }],
			['latency', { latency: 50 }],
		],
		sent: [
			[0, 5],
			[1, 6],
		],
		out: [
			[150, 5],
			[151, 6],
		],
		end: null,
	},
	{
		name: 'bandwidth, 10 KB/s, slices of 100 ms',
		toxics: [['bandwidth', { rate: 10 }]],
		sent: [[0, 2500]],
		out: [
			[100, 1000],
			[200, 1000],
			[250, 500],
		],
		end: null,
	},
	{
		name: 'bandwidth: no credit for idle time',
		toxics: [['bandwidth', { rate: 10 }]],
		sent: [
			[0, 100],
			[500, 100],
			[500, 100],
		],
		out: [
			[10, 100],
			[510, 100],
			[520, 100],
		],
		end: null,
	},
	{
		name: 'bandwidth, 0 stalls the bytes',
		toxics: [['bandwidth', { rate: 0 }]],
		sent: [
			[0, 100],
			[5, 'fin'],
		],
		out: [],
		end: null,
	},
	{ name: 'bandwidth, 0 lets an end without bytes pass', toxics: [['bandwidth', { rate: 0 }]], sent: [[5, 'fin']], out: [], end: { at: 5, how: 'closed' } },
	{
		name: 'latency before bandwidth',
		toxics: [
			['latency', { latency: 100 }],
			['bandwidth', { rate: 10 }],
		],
		sent: [
			[0, 1000],
			[1, 1000],
		],
		out: [
			[200, 1000],
			[300, 1000],
		],
		end: null,
	},
	{
		name: 'bandwidth before latency: both overlap',
		toxics: [
			['bandwidth', { rate: 10 }],
			['latency', { latency: 1000 }],
		],
		sent: [
			[0, 1000],
			[1, 1000],
		],
		out: [
			[1100, 1000],
			[1200, 1000],
		],
		end: null,
	},
	{
		name: 'slicer before latency: the pieces keep their distance, and no more',
		toxics: [
			['slicer', { average_size: 30, delay: 10_000 }],
			['latency', { latency: 1000 }],
		],
		sent: [[0, 100]],
		out: [
			[1000, 25],
			[1010, 25],
			[1020, 25],
			[1030, 25],
		],
		end: null,
	},
	{
		name: 'slow_close',
		toxics: [['slow_close', { delay: 70 }]],
		sent: [
			[0, 5],
			[10, 'fin'],
		],
		out: [[0, 5]],
		end: { at: 80, how: 'closed' },
	},
	{
		name: 'timeout: each chunk starts it anew',
		toxics: [['timeout', { timeout: 100 }]],
		sent: [
			[0, 5],
			[60, 5],
			[120, 5],
		],
		out: [],
		end: { at: 220, how: 'closed' },
	},
	{ name: 'timeout without any data', toxics: [['timeout', { timeout: 100 }]], sent: [], out: [], end: { at: 100, how: 'closed' } },
	{ name: 'timeout 0 never closes', toxics: [['timeout', { timeout: 0 }]], sent: [[0, 5]], out: [], end: null },
	{
		name: 'timeout: the end passes',
		toxics: [['timeout', { timeout: 0 }]],
		sent: [
			[0, 5],
			[3, 'fin'],
		],
		out: [],
		end: { at: 3, how: 'closed' },
	},
	{
		name: 'timeout behind a longer latency',
		toxics: [
			['latency', { latency: 500 }],
			['timeout', { timeout: 100 }],
		],
		sent: [[0, 5]],
		out: [],
		end: { at: 100, how: 'closed' },
	},
	{
		name: 'timeout, then slow_close',
		toxics: [
			['timeout', { timeout: 100 }],
			['slow_close', { delay: 50 }],
		],
		sent: [[0, 5]],
		out: [],
		end: { at: 150, how: 'closed' },
	},
	{
		name: 'reset_peer: the first chunk starts it, and is lost',
		toxics: [['reset_peer', { timeout: 40 }]],
		sent: [
			[20, 5],
			[30, 5],
		],
		out: [],
		end: { at: 60, how: 'reset' },
	},
	{ name: 'reset_peer: the end starts it too', toxics: [['reset_peer', { timeout: 40 }]], sent: [[20, 'fin']], out: [], end: { at: 60, how: 'reset' } },
	{ name: 'reset_peer: idle is left alone', toxics: [['reset_peer', { timeout: 40 }]], sent: [], out: [], end: null },
	{ name: 'reset_peer, idle', toxics: [['reset_peer', { timeout: 40, idle: true }]], sent: [], out: [], end: { at: 40, how: 'reset' } },
	{
		name: 'reset_peer on a live connection closes',
		toxics: [['reset_peer', { timeout: 40 }]],
		live: true,
		sent: [[20, 5]],
		out: [],
		end: { at: 60, how: 'closed' },
	},
	{ name: 'reset_peer, live', toxics: [['reset_peer', { timeout: 40, live: true }]], live: true, sent: [[20, 5]], out: [], end: { at: 60, how: 'reset' } },
	{
		name: 'slicer: halves until small enough, delay between',
		toxics: [['slicer', { average_size: 30, delay: 10_000 }]],
		sent: [[0, 100]],
		out: [
			[0, 25],
			[10, 25],
			[20, 25],
			[30, 25],
		],
		end: null,
	},
	{
		name: 'slicer: the delay behind the last piece holds the next chunk too',
		toxics: [['slicer', { average_size: 100, delay: 10_000 }]],
		sent: [
			[0, 50],
			[1, 50],
		],
		out: [
			[0, 50],
			[10, 50],
		],
		end: null,
	},
	{
		name: 'limit_data',
		toxics: [['limit_data', { bytes: 100 }]],
		sent: [
			[0, 60],
			[1, 60],
			[2, 60],
		],
		out: [
			[0, 60],
			[1, 40],
		],
		end: { at: 1, how: 'closed' },
	},
	{
		name: 'limit_data: exactly the limit closes at once',
		toxics: [['limit_data', { bytes: 100 }]],
		sent: [[3, 100]],
		out: [[3, 100]],
		end: { at: 3, how: 'closed' },
	},
	{ name: 'limit_data, 0: closes at the first byte', toxics: [['limit_data', { bytes: 0 }]], sent: [[3, 1]], out: [], end: { at: 3, how: 'closed' } },
	{
		name: 'limit_data before latency: the bytes are late, and then it closes',
		toxics: [
			['limit_data', { bytes: 10 }],
			['latency', { latency: 100 }],
		],
		sent: [[0, 50]],
		out: [[100, 10]],
		end: { at: 100, how: 'closed' },
	},
	{
		name: 'limit_data before bandwidth counts no byte twice',
		toxics: [
			['limit_data', { bytes: 2500 }],
			['bandwidth', { rate: 10 }],
		],
		sent: [
			[0, 2000],
			[0, 2000],
		],
		out: [
			[100, 1000],
			[200, 1000],
			[250, 500],
		],
		end: { at: 250, how: 'closed' },
	},
	{
		name: 'limit_data before timeout: nothing comes through',
		toxics: [
			['limit_data', { bytes: 10 }],
			['timeout', { timeout: 0 }],
		],
		sent: [[0, 50]],
		out: [],
		end: { at: 0, how: 'closed' },
	},
	{
		name: 'packet_loss of everything: never the end',
		toxics: [['packet_loss', { loss_rate: 1 }]],
		sent: [
			[0, 50],
			[1, 'fin'],
		],
		out: [],
		end: { at: 1, how: 'closed' },
	},
	{ name: 'packet_loss of nothing', toxics: [['packet_loss', { loss_rate: 0, correlation: 1 }]], sent: [[0, 50]], out: [[0, 50]], end: null },
	{ name: 'duplicate', toxics: [['duplicate', { rate: 1 }]], sent: [[0, 40_000]], out: [[0, 80_000]], end: null },
];

for (const row of rows) {
	test(row.name, (t) => {
		const v = new VirtualLink();
		for (const [type, attributes] of row.toxics) v.add(type, attributes, 1, !row.live);
		for (const [at, what] of row.sent) what === 'fin' ? v.fin(at) : v.send(at, what);
		v.run(5000);
		t.deepEqual(v.out.map(([ms, n]) => [Number(ms.toFixed(6)), n]) as [number, number][], row.out);
		t.deepEqual(v.end, row.end);
	});
}

test('latency: jitter stays in its bounds, order is kept, and the same seed gives the same times', (t) => {
	const run = (seed: number): [number, number][] => {
		const v = new VirtualLink();
		v.add('latency', { latency: 100, jitter: 40 }, seed);
		for (let i = 0; i < 500; i++) v.send(i * 100, i + 1);
		v.run(100_000);
		return v.out;
	};
	const out = run(5);
	t.deepEqual(
		out.map(([, n]) => n),
		Array.from({ length: 500 }, (_, i) => i + 1),
	);
	for (const [i, [at]] of out.entries()) t.true(at - i * 100 >= 60 && at - i * 100 <= 140);
	t.true(new Set(out.map(([at], i) => Math.floor((at - i * 100) / 10))).size >= 7);
	t.deepEqual(run(5), out);
	t.notDeepEqual(run(6), out);
});

for (const [distribution, most] of [
	['uniform', 0.62],
	['normal', 1.05],
	['pareto', 1.3],
] as const) {
	test(`latency, ${distribution}: the mean is the latency, with and without correlation, which makes neighbours alike`, (t) => {
		const delays = (correlation: number): number[] => {
			const v = new VirtualLink();
			v.add('latency', { latency: 1000, jitter: 50, distribution, correlation });
			for (let i = 0; i < 4000; i++) v.send(i * 10_000, 1);
			v.run(1e9);
			return v.out.map(([at], i) => (at - i * 10_000 - 1000) / 50);
		};
		for (const correlation of [0, 0.7]) {
			const xs = delays(correlation);
			const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
			const sd = Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length);
			const together = xs.slice(1).reduce((a, x, i) => a + (x - mean) * ((xs[i] as number) - mean), 0) / xs.length / sd ** 2;
			t.true(Math.abs(mean) < 0.12, `mean ${mean}`);
			t.true(sd > 0.5 && sd < most, `deviation ${sd}`);
			t.true(correlation === 0 ? Math.abs(together) < 0.1 : together > 0.4, `correlation ${together}`);
		}
	});
}

test('latency from a table: latency plus a draw between its values, each part as often, with correlation too', (t) => {
	for (const correlation of [0, 0.8]) {
		const v = new VirtualLink();
		v.add('latency', { latency: 1000, jitter: 7, distribution: 'table', table: '40, 10,20 ,+1000,30.5', correlation });
		for (let i = 0; i < 4000; i++) v.send(i * 10_000, 1);
		v.run(1e9);
		const draws = v.out.map(([at], i) => at - i * 10_000 - 1000);
		t.is(draws.length, 4000);
		t.true(draws.every((draw) => draw >= 10 && draw < 1000));
		for (const [low, high] of [
			[10, 20],
			[20, 30.5],
			[30.5, 40],
			[40, 1000],
		] as const) {
			const share = draws.filter((draw) => draw >= low && draw < high).length / 4000;
			t.true(Math.abs(share - 0.25) < 0.06, `${low} … ${high}: ${share}`);
		}
		const inLast = (i: number): boolean => (draws[i] as number) >= 40;
		let together = 0;
		for (let i = 1; i < 4000; i++) if (inLast(i) && inLast(i - 1)) together++;
		t.true(correlation === 0 ? together < 400 : together > 500, `${together} neighbours`);
	}
	const v = new VirtualLink();
	const one = v.add('latency', { distribution: 'table', table: '50' });
	v.send(0, 1).run(100);
	v.update(one, { table: '-5, -5' });
	v.send(100, 1).run(200);
	v.update(one, { table: '70, 70', latency: -50 });
	v.send(200, 1).run(300);
	t.deepEqual(v.out, [
		[50, 1],
		[100, 1],
		[220, 1],
	]);
});

test('a table that is absent or no list of numbers is refused', (t) => {
	const latency = TOXICS.get('latency')!;
	t.regex(latency.objection({ distribution: 'table', table: '' }) ?? '', /needs table: a comma-separated list of ms/);
	t.regex(latency.objection({ distribution: 'table' }) ?? '', /needs table/);
	for (const table of ['a', '1,', ',', ' ', '1;2', '1,,2', 'NaN', '1e3', 'Infinity', '0x10', `${'1,'.repeat(1000)}x`]) {
		const objection = latency.objection({ distribution: 'table', table }) ?? '';
		t.regex(objection, /^table must be a comma-separated list of ms, not /, table);
		t.true(objection.length < 120);
		t.truthy(latency.objection({ distribution: 'uniform', table }), 'also where it is not used yet');
	}
	for (const table of ['5', '1,2,3', ' 1 , 2.5,.5,3., -4 ']) t.is(latency.objection({ distribution: 'table', table, correlation: 0.5 }), null, table);
	t.regex(latency.objection({ distribution: 'tables' }) ?? '', /must be uniform, normal, pareto or table/);
});

test('bandwidth: exact over time, whatever the chunks', (t) => {
	const chance = rng(9);
	const v = new VirtualLink();
	v.add('bandwidth', { rate: 1000 });
	for (let sent = 0; sent < 4_000_000; ) {
		const size = 1 + Math.floor(chance.next() * 65_536);
		v.send(0, size);
		sent += size;
	}
	v.run(3000);
	t.true(Math.abs(v.total - 3_000_000) <= 100_000);
	const [last] = v.out.at(-1) as [number, number];
	t.true(Math.abs(v.total / last - 1000) < 1);
});

test('bandwidth: a reader that stood still gets no burst', (t) => {
	const v = new VirtualLink();
	v.add('bandwidth', { rate: 100 });
	v.send(0, 200_000);
	v.run(100);
	v.stalled = true;
	v.run(1500);
	const before = v.total;
	v.drain();
	v.run(1600);
	t.true(v.total - before <= 100 * (100 + 2 * 100), `${v.total - before} bytes in 100 ms`);
});

test('removing and updating: what waits goes on at once, in order, and nothing is asked twice', (t) => {
	const v = new VirtualLink();
	const limit = v.add('limit_data', { bytes: 1000 });
	const slow = v.add('latency', { latency: 10_000 });
	v.send(0, 300).send(1, 300).run(50);
	t.is(v.total, 0);
	v.remove(slow);
	t.deepEqual(v.out, [
		[50, 300],
		[50, 300],
	]);
	v.update(limit, { bytes: 700 });
	v.send(60, 300);
	t.is(v.total, 700);
	t.deepEqual(v.end, { at: 60, how: 'closed' });
	t.is(v.heap.waiting, 0);
});

test('slow_close: an update starts the new delay, removing lets the end pass', (t) => {
	const v = new VirtualLink();
	const i = v.add('slow_close', { delay: 1000 });
	v.fin(0).run(500);
	v.update(i, { delay: 2000 });
	v.run(2400);
	t.is(v.end, null);
	v.remove(i);
	t.deepEqual(v.end, { at: 2400, how: 'closed' });
});

test('bandwidth 0 is given up by an update: the waiting bytes go on', (t) => {
	const v = new VirtualLink();
	const i = v.add('bandwidth', { rate: 0 });
	v.send(0, 500).run(1000);
	v.update(i, { rate: 1 });
	t.is(v.total, 500);
});

test('slicer: every cut leaves something, nothing is lost, pieces are at most average + variation', (t) => {
	const chance = rng(4);
	for (let i = 0; i < 2000; i++) {
		const length = 1 + Math.floor(chance.next() * 5000);
		const average = Math.floor(chance.next() * 100) + 1;
		const variation = Math.floor(chance.next() * 200);
		const sizes = cuts(length, average, variation, chance);
		t.is(
			sizes.reduce((a, b) => a + b, 0),
			length,
		);
		t.true(sizes.every((size) => size >= 1 && size <= average + variation));
	}
});

test('packet_loss: its share, in bursts with correlation; chunks of at most 32 KiB', (t) => {
	const lost = (correlation: number): { share: number; runs: number } => {
		const v = new VirtualLink();
		v.add('packet_loss', { loss_rate: 0.2, correlation }, 3);
		for (let i = 0; i < 5000; i++) v.send(i, 1);
		const came = new Set(v.out.map(([at]) => at));
		let runs = 0;
		for (let i = 1; i < 5000; i++) if (!came.has(i) && came.has(i - 1)) runs++;
		return { share: 1 - came.size / 5000, runs: (5000 - came.size) / runs };
	};
	const even = lost(0);
	t.true(Math.abs(even.share - 0.2) < 0.03, `${even.share}`);
	const bursts = lost(0.6);
	t.true(bursts.runs > 2 * even.runs, `${bursts.runs} and ${even.runs} in a row`);
	for (const [loss_rate, out] of [
		[0, 100],
		[-3, 100],
		[1, 0],
		[7, 0],
	] as const) {
		const all = new VirtualLink();
		all.add('packet_loss', { loss_rate, correlation: -1 });
		for (let i = 0; i < 100; i++) all.send(i, 1);
		t.is(all.out.length, out, `${loss_rate}`);
	}
	t.is(TOXICS.get('packet_loss')?.objection({ loss_rate: 7, correlation: -1 }), null);
	const v = new VirtualLink();
	v.add('packet_loss', { loss_rate: 0.5 }, 3);
	v.send(0, 100 * 32_768);
	t.true(v.total % 32_768 === 0 && v.total > 20 * 32_768 && v.total < 80 * 32_768);
});

test('corrupt flips one bit of a chunk', (t) => {
	const v = new VirtualLink();
	v.add('corrupt', { rate: 1 });
	const sent = Buffer.alloc(1000);
	v.send(0, sent);
	let bits = 0;
	for (const byte of v.content) for (let b = byte; b > 0; b >>= 1) bits += b & 1;
	t.is(bits, 1);
	t.true(sent.every((byte) => byte === 0));
});

test('random chains, attributes, chunks and changes: no crash, no hang, and without lossy toxics not a byte is lost or moved', (t) => {
	const lossless = ['latency', 'bandwidth', 'slow_close', 'slicer', 'noop'];
	// Those that act on requests do nothing to bytes.
	const all = [...TOXICS.values()].flatMap(({ type, request }) => (request ? [] : [type]));
	for (let seed = 0; seed < 400; seed++) {
		const chance = rng(seed);
		const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
		const safe = seed % 2 === 0;
		const random = (type: string): Attributes => {
			for (;;) {
				const attributes: Attributes = {};
				for (const [name, { kind, default: zero }] of Object.entries(TOXICS.get(type)?.attributes ?? {})) {
					if (kind === 'boolean') attributes[name] = chance.next() < 0.5;
					else if (kind === 'string') attributes[name] = zero;
					else if (kind === 'float') attributes[name] = pick([0, 0.1, 0.9, chance.next()]);
					else attributes[name] = pick([0, 1, 3, 100, 5000, 1e12, -1, -1e9, 2 ** 53 - 1]);
				}
				if (TOXICS.get(type)?.objection(attributes) === null) return attributes;
			}
		};
		const v = new VirtualLink();
		let count = 0;
		const sent: Buffer[] = [];
		for (let step = 0; step < 60; step++) {
			const at = v.heap.now() + chance.next() * 30;
			const what = chance.next();
			if (what < 0.15 && count < 6) {
				const type = pick(safe ? lossless : all);
				v.add(type, random(type), seed);
				count++;
			} else if (what < 0.25 && count > 0) {
				v.remove(Math.floor(chance.next() * count));
				count--;
			} else if (what < 0.3) v.stalled = true;
			else if (what < 0.4) v.drain();
			else {
				const bytes = Buffer.from(Array.from({ length: 1 + Math.floor(chance.next() * 300) }, () => Math.floor(chance.next() * 256)));
				sent.push(bytes);
				v.send(at, bytes);
			}
		}
		if (!safe) {
			v.run(1e5);
			continue;
		}
		v.drain();
		while (count > 0) v.remove(--count);
		v.fin(v.heap.now());
		v.run(v.heap.now() + 10);
		t.true(v.content.equals(Buffer.concat(sent)), `seed ${seed}`);
		t.is(v.end?.how, 'closed', `seed ${seed}`);
		t.is(v.heap.waiting, 0);
	}
});
