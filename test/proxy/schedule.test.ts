import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { serveProxy } from '../../src/proxy/api/serve.js';
import type { ProxyEvent, ToxicScope } from '../../src/proxy/contract.js';
import type { DueHeap } from '../../src/proxy/due-heap.js';
import { RunningProxy } from '../../src/proxy/fault-proxy.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { phaseAt, type Schedule, scheduleObjection } from '../../src/proxy/schedule.js';
import { ask } from './api/ask.js';
import { RawClient, rawServer, soon } from './stage.js';
import { proxied } from './tls-stage.js';
import { VirtualHeap } from './virtual-link.js';

const never = Number.POSITIVE_INFINITY;
const phases: [Schedule, [since: number, works: boolean, until: number][]][] = [
	[{}, [[0, true, never]]],
	[
		{ start: 100 },
		[
			[0, false, 100],
			[99.9, false, 100],
			[100, true, never],
			[1e9, true, never],
		],
	],
	[
		{ on: 30, off: 20 },
		[
			[0, true, 30],
			[29, true, 30],
			[30, false, 50],
			[50, true, 80],
			[1_000_031, false, 1_000_050],
		],
	],
	[
		{ start: 100, on: 1, off: 2 },
		[
			[99, false, 100],
			[100, true, 101],
			[101, false, 103],
			[103, true, 104],
		],
	],
	[
		{ start: 5, on: 30, off: 0 },
		[
			[4, false, 5],
			[5, true, never],
			[36, true, never],
		],
	],
];
for (const [schedule, table] of phases) {
	test(`phases of ${JSON.stringify(schedule)}`, (t) => {
		for (const [since, works, until] of table) t.deepEqual(phaseAt(schedule, since), { works, until }, `${since} ms`);
	});
}

test('schedules that make no sense', (t) => {
	for (const [schedule, objection] of [
		[{}, null],
		[{ start: 0 }, null],
		[{ on: 1, off: 1 }, null],
		[{ on: 1, off: 0 }, null],
		[{ off: 0 }, null],
		[{ start: -1 }, /start/],
		[{ on: 0, off: 1 }, /on must be at least 1/],
		[{ on: 1, off: -1 }, /off must not be negative/],
		[{ on: 1 }, /on needs off/],
		[{ off: 1 }, /off needs on/],
	] as const) {
		const found = scheduleObjection(schedule);
		if (objection === null) t.is(found, null);
		else t.regex(found ?? '', objection, JSON.stringify(schedule));
	}
});

/** A proxy that does not listen, in time that only passes when told to. */
const still = () => {
	const heap = new VirtualHeap();
	const events: string[] = [];
	const hear = (event: ProxyEvent): void => {
		if ('toxic' in event) events.push(`${event.t} ${event.kind}`);
	};
	const parts = { name: 'p', listen: '', upstream: 'x:1', heap: heap as unknown as DueHeap, chance: rng(1), rawHandles: false, hearer: () => hear };
	const proxy = new RunningProxy(parts);
	return { heap, events, proxy };
};
const toxic = (scope: ToxicScope) => ({ name: 'a', type: 'noop', stream: 'upstream', toxicity: 1, attributes: {}, ...scope });

const stories: [ToxicScope, string[]][] = [
	[{}, ['0 toxic-added']],
	[{ start: 70 }, ['0 toxic-added', '70 toxic-on']],
	[{ on: 40, off: 50 }, ['0 toxic-added', '0 toxic-on', '40 toxic-off', '90 toxic-on', '130 toxic-off', '180 toxic-on']],
	[{ start: 10, on: 40, off: 50 }, ['0 toxic-added', '10 toxic-on', '50 toxic-off', '100 toxic-on', '140 toxic-off', '190 toxic-on']],
	[{ start: 10, on: 40, off: 50, duration: 120 }, ['0 toxic-added', '10 toxic-on', '50 toxic-off', '100 toxic-on', '120 toxic-expired']],
	[{ start: 500, duration: 100 }, ['0 toxic-added', '100 toxic-expired']],
];
for (const [scope, story] of stories) {
	test(`in 200 ms a toxic with ${JSON.stringify(scope)}`, (t) => {
		const { heap, events, proxy } = still();
		proxy.addToxic(toxic(scope));
		t.deepEqual(proxy.toxic('a'), toxic(scope));
		heap.until(200);
		t.deepEqual(events, story);
		if (scope.duration === undefined) proxy.removeToxic('a');
		t.is(heap.waiting, 0, 'nothing waits for a toxic that is gone');
	});
}

test('an update of its times begins anew, any other does not; an order of toxics outlives their rests', (t) => {
	const { heap, events, proxy } = still();
	for (const [name, scope] of [
		['a', { on: 30, off: 30 }],
		['b', {}],
		['c', { start: 45 }],
	] as const)
		proxy.addToxic({ ...toxic(scope), name });
	const working = (): string => proxy.chains.upstream.map(({ name }) => name).join('');
	const at = (ms: number): string => {
		heap.until(ms);
		return working();
	};
	t.deepEqual([at(0), at(31), at(46), at(61)], ['ab', 'b', 'bc', 'abc']);
	t.deepEqual(
		proxy.toxics().map(({ name }) => name),
		['a', 'b', 'c'],
	);
	proxy.updateToxic('a', { attributes: {}, toxicity: 0.5 });
	t.is(at(91), 'bc');
	proxy.updateToxic('a', { on: 50 });
	t.deepEqual([working(), at(140), at(142)], ['abc', 'abc', 'bc']);
	proxy.updateToxic('a', { off: 0 });
	t.deepEqual([working(), at(1000)], ['abc', 'abc']);
	proxy.updateToxic('b', { start: 10 });
	t.deepEqual([working(), at(1011)], ['ac', 'abc']);
	t.is(events.filter((e) => e.includes('toxic-on') || e.includes('toxic-off')).length, 10);
});

test('on live connections: a latency that flaps works and rests; those it was meant for stay chosen', async (t) => {
	const upstream = await rawServer(t, (socket) => socket.on('data', (chunk) => socket.write(chunk)));
	const { proxy, port, events } = await proxied(t, upstream, {});
	proxy.addToxic({ name: 'hole', type: 'latency', stream: 'downstream', toxicity: 1, attributes: { latency: 60_000 }, on: 150, off: 150, first: 1 });
	const chosen = new RawClient(t, port);
	const other = new RawClient(t, port);
	const turns = (kind: string): number => events.filter((e) => e.kind === kind).length;
	for (let i = 1; i <= 3; i++) {
		while (turns('toxic-on') < i) await soon(1);
		chosen.write(`${i}`);
		other.write(`${i}`);
		await other.receives(`${i}`);
		if (turns('toxic-off') < i) t.false(chosen.text.includes(`${i}`), 'it waits');
		// What waits for a toxic goes on when it rests.
		await chosen.receives(`${i}`);
		t.true(turns('toxic-off') >= i);
	}
});

test('a blackhole that rests lets those in who wait; a timeout that rests closes, as when it is removed', async (t) => {
	const upstream = await rawServer(t, (socket) => socket.on('data', (chunk) => socket.write(chunk)));
	const { proxy, port } = await proxied(t, upstream, {});
	proxy.addToxic({ name: 'hole', type: 'blackhole', stream: 'upstream', toxicity: 1, attributes: {}, on: 100, off: 60_000 });
	await new RawClient(t, port).write('x').receives('x');
	proxy.addToxic({ name: 'timeout', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 }, start: 60_000 });
	const early = new RawClient(t, port).write('y');
	await early.receives('y');
	proxy.updateToxic('timeout', { start: 10, on: 30, off: 60_000 });
	t.is(await early.closed, 'EOF');
	await new RawClient(t, port).write('z').receives('z');
});

test('through the API: shown when set, refused when they make no sense, also in part of an update', async (t) => {
	const server = await serveProxy({
		port: 0,
		seed: 1,
		config: JSON.stringify([{ name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:1', toxics: [{ type: 'noop', start: 60_000 }] }]),
	});
	t.teardown(server.close);
	const told = async (method: string, path: string, body?: object) => {
		const { status, body: said } = await ask(server.url, { method, path: `/proxies/p/toxics${path}`, ...(body && { body: JSON.stringify(body) }) });
		return `${status} ${said.replace(/^.*"toxicity":1/, '').trim()}`;
	};
	t.is(await told('GET', '/noop_downstream'), '200 ,"start":60000}');
	t.is(await told('POST', '', { type: 'noop', name: 'b', on: 100, off: 200 }), '200 ,"on":100,"off":200}');
	t.is(await told('PATCH', '/b', { off: 300, start: 5 }), '200 ,"start":5,"on":100,"off":300}');
	t.regex(await told('PATCH', '/noop_downstream', { off: 5 }), /^400 .*off needs on/);
	t.is(await told('PATCH', '/noop_downstream', { on: 6, off: 5 }), '200 ,"start":60000,"on":6,"off":5}');
	t.regex(await told('POST', '', { type: 'noop', name: 'c', on: 5 }), /^400 .*on needs off/);
	t.regex(await told('POST', '', { type: 'noop', name: 'c', start: 'soon' }), /^400 .*cannot unmarshal string/);
});

test('datagrams: a schedule is kept, and what a flow was chosen for outlives its rests', async (t) => {
	const upstream = createSocket('udp4');
	upstream.on('message', (bytes, { port, address }) => upstream.send(bytes, port, address));
	upstream.bind(0, '127.0.0.1');
	await once(upstream, 'listening');
	const proxies = createProxies({ seed: 1 });
	t.teardown(async () => {
		upstream.close();
		await proxies.close();
	});
	const proxy = await proxies.create({ name: 'u', listen: 'udp://127.0.0.1:0', upstream: `udp://127.0.0.1:${upstream.address().port}`, enabled: true });
	const turns: string[] = [];
	proxies.subscribe(({ kind }) => kind.startsWith('toxic-o') && turns.push(kind));
	const client = createSocket('udp4');
	t.teardown(() => client.close());
	const heard: string[] = [];
	client.on('message', (bytes) => heard.push(String(bytes)));
	proxy.addToxic({ name: 'lossy', type: 'packet_loss', stream: 'upstream', toxicity: 1, attributes: { loss_rate: 1 }, on: 100, off: 100, first: 1 });
	const port = Number(proxy.listen.split(':').at(-1));
	// Lost and passed in turn, at least twice each.
	let lost = 0;
	for (let i = 0; turns.length < 5 || heard.length === 0; i++) {
		client.send(`${i}`, port, '127.0.0.1');
		lost = i + 1 - heard.length;
		await soon(5);
	}
	t.true(lost > 0);
	t.true((proxy.counters() as { datagrams: { lost: { upstream: number } } }).datagrams.lost.upstream > 0);
	t.deepEqual(turns.slice(0, 5), ['toxic-on', 'toxic-off', 'toxic-on', 'toxic-off', 'toxic-on']);
});
