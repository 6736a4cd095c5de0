import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { ActiveToxic } from '../../../src/proxy/active-toxic.js';
import type { Direction, ProxyEvent } from '../../../src/proxy/contract.js';
import type { DueHeap } from '../../../src/proxy/due-heap.js';
import { DEFAULTS } from '../../../src/proxy/fault-proxy.js';
import { TOXICS } from '../../../src/proxy/toxics/index.js';
import type { ToxicType } from '../../../src/proxy/toxics/toxic.js';
import { Flow, type FlowSide } from '../../../src/proxy/udp/flow.js';
import type { UpstreamHearer } from '../../../src/proxy/udp/udp-sockets.js';
import { VirtualHeap } from '../virtual-link.js';
import { toxic } from './datagram-sides.js';

/** A flow in virtual time, its upstream in our hands. */
const staged = (toxics: ReturnType<typeof toxic>[] = [], idleTimeout = 1000, fails = false) => {
	const heap = new VirtualHeap();
	const sent: [number, string][] = [];
	const told: string[] = [];
	const chains: Record<Direction, ActiveToxic[]> = { upstream: [], downstream: [] };
	for (const state of toxics) chains[state.stream as Direction].push(new ActiveToxic(TOXICS.get(state.type) as ToxicType, state));
	let hear: UpstreamHearer | undefined;
	let closed = false;
	const side: FlowSide = {
		heap: heap as unknown as DueHeap,
		options: { ...DEFAULTS, idleTimeout, dialTimeout: 500 },
		chains,
		chance: rng(1),
		room: { held: 0, most: 2 ** 20, mostPerLink: 2 ** 20 },
		heard: true,
		dial: (hearer) => {
			hear = hearer;
			if (fails) hearer.failed(Object.assign(new Error(), { code: 'EMFILE' }));
			return {
				send: (bytes) => sent.push([heap.now(), bytes.toString()]) > 0,
				close: () => {
					closed = true;
				},
			};
		},
		answer: (_, bytes) => sent.push([heap.now(), `answer ${bytes}`]) > 0,
		tell: (event) => void told.push((event as ProxyEvent).kind),
		refused: () => void told.push('refused'),
		used: () => {},
		gone: () => void told.push('gone'),
	};
	const flow = new Flow(side, 0, { address: '127.0.0.1', port: 1 });
	flow.open();
	return {
		heap,
		sent,
		told,
		flow,
		side,
		get hear(): UpstreamHearer {
			if (!hear) throw new Error('it has not dialled');
			return hear;
		},
		get dialled(): boolean {
			return hear !== undefined;
		},
		get closed(): boolean {
			return closed;
		},
	};
};

test('a flow ends idle_timeout after its last datagram of either side, and leaves nothing', (t) => {
	const on = staged();
	on.hear.open();
	on.flow.receive(Buffer.from('a'));
	on.heap.until(900);
	on.flow.receive(Buffer.from('b'));
	on.heap.until(1800);
	on.hear.message(Buffer.from('c'));
	on.heap.until(2800);
	t.false(on.told.includes('gone'));
	// 1 ms more, for what came while the process stood still.
	on.heap.until(2801);
	t.deepEqual(on.told, ['connection', 'closed', 'gone']);
	t.true(on.closed);
	t.deepEqual(on.sent, [
		[0, 'a'],
		[900, 'b'],
		[1800, 'answer c'],
	]);
	t.is(on.heap.waiting, 0);
	on.hear.message(Buffer.from('late'));
	on.flow.receive(Buffer.from('late'));
	on.flow.end();
	t.is(on.sent.length, 3);
	t.is(on.told.length, 3);
});

test('what waits keeps a flow from being idle, and its room is given back at the end', (t) => {
	const on = staged([toxic('latency', { latency: 5000 })]);
	on.hear.open();
	on.flow.receive(Buffer.from('a'));
	on.heap.until(4999);
	t.false(on.told.includes('gone'));
	on.flow.receive(Buffer.from('b'));
	on.heap.until(5000);
	t.deepEqual(on.sent, [[5000, 'a']]);
	on.flow.end();
	t.is(on.side.room.held, 0);
	t.is(on.heap.waiting, 0);
});

test('what comes before the socket is open waits, and meets the toxics from there', (t) => {
	const on = staged([toxic('latency', { latency: 10 })]);
	on.flow.receive(Buffer.from('a'));
	on.flow.receive(Buffer.from('b'));
	on.heap.until(100);
	t.deepEqual(on.sent, []);
	on.hear.open();
	on.heap.until(200);
	t.deepEqual(on.sent, [
		[110, 'a'],
		[110, 'b'],
	]);
});

test('slow_open dials after its delay, an upstream without an answer is given up after dial_timeout', (t) => {
	const on = staged([toxic('slow_open', { delay: 50 })]);
	on.flow.receive(Buffer.from('a'));
	on.heap.until(49);
	t.false(on.dialled);
	on.heap.until(50);
	t.true(on.dialled);
	on.heap.until(549);
	t.false(on.told.includes('unreachable'));
	on.heap.until(550);
	t.deepEqual(on.told, ['connection', 'hit', 'unreachable', 'closed', 'gone']);
	t.is(on.side.room.held, 0);
});

test('a blackhole loses what comes, and is told once', (t) => {
	const on = staged([toxic('blackhole')]);
	for (let i = 0; i < 3; i++) on.flow.receive(Buffer.from('a'));
	t.like(on.flow.links.upstream.counts, { received: 3, lost: 3 });
	const [hole] = on.side.chains.upstream;
	(on.side.chains.upstream as ActiveToxic[]).pop();
	on.flow.removed(hole as ActiveToxic);
	on.hear.open();
	on.flow.receive(Buffer.from('b'));
	t.deepEqual(on.sent, [[0, 'b']]);
	t.deepEqual(on.told, ['connection', 'hit']);
});

test('an upstream socket that fails while it is made is closed, and the flow ends once', (t) => {
	const on = staged([], 1000, true);
	t.deepEqual(on.told, ['connection', 'unreachable', 'closed', 'gone']);
	t.true(on.closed);
	t.is(on.heap.waiting, 0);
});
