import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { rng } from '../../src/model/rng.js';
import type { FaultProxy, Proxies, ProxyEvent, ToxicState } from '../../src/proxy/contract.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { RawClient, rawServer, soon } from './stage.js';

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const echo = (t: ExecutionContext): Promise<number> =>
	rawServer(t, (socket) => {
		socket.on('data', (chunk) => socket.write(chunk));
		socket.on('end', () => socket.end());
	});

const proxiesOf = (t: ExecutionContext, seed = 1): Proxies => {
	const proxies = createProxies({ seed, rawHandles: process.env.DARUMA_TEST_RAW_HANDLES !== 'no' });
	t.teardown(() => proxies.close());
	return proxies;
};

const portOf = (proxy: FaultProxy): number => Number(proxy.listen.split(':').at(-1));

interface Running {
	proxies: Proxies;
	proxy: FaultProxy;
	events: ProxyEvent[];
	client(): RawClient;
}
const before = async (t: ExecutionContext, upstreamPort: number, seed = 1): Promise<Running> => {
	const proxies = proxiesOf(t, seed);
	const events: ProxyEvent[] = [];
	proxies.subscribe((event) => events.push(event));
	const proxy = await proxies.create({ name: 'p', listen: '', upstream: `127.0.0.1:${upstreamPort}`, enabled: true });
	return { proxies, proxy, events, client: () => new RawClient(t, portOf(proxy)) };
};

let names = 0;
const toxic = (type: string, attributes: Record<string, number | boolean | string> = {}, more: Partial<ToxicState> = {}): ToxicState => ({
	name: `${type}_${names++}`,
	type,
	stream: 'downstream',
	toxicity: 1,
	attributes,
	...more,
});

const until = async (seen: () => boolean): Promise<void> => {
	while (!seen()) await soon(2);
};

test('bytes pass both ways unchanged, and are counted while the connection lives', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	t.regex(proxy.listen, /^127\.0\.0\.1:\d+$/);
	const c = client();
	const bytes = randomBytes(3_000_000);
	c.write(bytes);
	await until(() => c.bytes.length === bytes.length);
	t.is(sha(c.bytes), sha(bytes));
	t.deepEqual(proxy.counters(), {
		received: { upstream: bytes.length, downstream: bytes.length },
		sent: { upstream: bytes.length, downstream: bytes.length },
		connections: 1,
		open: 1,
	});
	c.socket.end();
	t.is(await c.closed, 'EOF');
	await until(() => proxy.counters().open === 0);
	t.is(proxy.counters().sent.downstream, bytes.length);
});

test('an upstream that refuses: the client is accepted, then hears the end, and an event says why', async (t) => {
	const { events, client } = await before(t, 1);
	t.is(await client().closed, 'EOF');
	const unreachable = events.find((e) => e.kind === 'unreachable');
	t.is(unreachable?.kind === 'unreachable' && unreachable.error, 'ECONNREFUSED');
});

test('half-close: closes both as Toxiproxy does, unless it is kept', async (t) => {
	const port = await rawServer(t, (socket) => {
		socket.resume();
		socket.on('end', () => setTimeout(() => socket.end('late answer'), 20));
	});
	const { proxy, client } = await before(t, port);
	const first = client();
	first.socket.end('question');
	t.is(await first.closed, 'EOF');
	t.is(first.text, '');
	proxy.setOptions({ halfClose: true });
	const second = client();
	second.socket.end('question');
	t.is(await second.closed, 'EOF');
	t.is(second.text, 'late answer');
	await until(() => proxy.counters().open === 0);
});

test('resets: FIN as Toxiproxy does, RST if asked for', async (t) => {
	const endings: string[] = [];
	const port = await rawServer(t, (socket) => {
		socket.resume();
		socket.on('end', () => {
			endings.push('FIN');
			socket.destroy();
		});
		socket.on('error', (error: NodeJS.ErrnoException) => endings.push(error.code ?? ''));
		socket.write('hi');
	});
	const { proxy, client } = await before(t, port);
	const first = client();
	await first.receives('hi');
	first.socket.resetAndDestroy();
	await until(() => endings.length === 1);
	proxy.setOptions({ keepReset: true });
	const second = client();
	await second.receives('hi');
	second.socket.resetAndDestroy();
	await until(() => endings.length === 2);
	t.deepEqual(endings, ['FIN', 'ECONNRESET']);
});

test('disabling closes listener and connections and keeps toxics; enabling brings the same port back', async (t) => {
	const { proxies, proxy, client } = await before(t, await echo(t));
	const listen = proxy.listen;
	proxy.addToxic(toxic('latency', { latency: 1 }));
	const c = client().write('a');
	await c.receives('a');
	await proxy.update({ enabled: false });
	t.is(await c.closed, 'EOF');
	t.false(proxy.enabled);
	t.is(await client().closed, 'ECONNREFUSED');
	await proxy.update({ enabled: true });
	t.is(proxy.listen, listen);
	t.is(proxy.toxics().length, 1);
	await client().write('b').receives('b');
	await proxies.delete('p');
	t.is(proxies.get('p'), undefined);
	t.is(await client().closed, 'ECONNREFUSED');
});

test('updates: an equal listen, however written, changes nothing; another upstream drops connections; what cannot start stays disabled with what was asked', async (t) => {
	const port = await echo(t);
	const { proxies, proxy, client } = await before(t, port);
	const c = client().write('a');
	await c.receives('a');
	await proxy.update({ listen: `localhost:${portOf(proxy)}` });
	c.write('b');
	await c.receives('ab');
	await proxy.update({ upstream: `localhost:${port}` });
	t.is(await c.closed, 'EOF');
	await client().write('x').receives('x');
	const other = await proxies.create({ name: 'q', listen: 'localhost:0', upstream: 'x', enabled: false });
	t.is(other.listen, 'localhost:0');
	t.deepEqual(await t.throwsAsync(proxy.update({ listen: 'x' })).then((e) => e?.message), 'address x: missing port in address');
	t.true(proxy.enabled);
	await other.update({ enabled: true });
	const taken = other.listen;
	t.is(await t.throwsAsync(proxy.update({ listen: taken })).then((e) => e?.message), `listen tcp ${taken}: bind: address already in use`);
	t.false(proxy.enabled);
	t.is(proxy.listen, taken);
});

for (const [listen, message] of [
	['x', 'address x: missing port in address'],
	['a:b:c', 'address a:b:c: too many colons in address'],
	['127.0.0.1:abc', 'lookup tcp/abc: unknown port'],
	['127.0.0.1:99999', 'address 99999: invalid port'],
	['127.0.0.1:-1', 'address -1: invalid port'],
	['[::1', "address [::1: missing ']' in address"],
	['[::1]', 'address [::1]: missing port in address'],
	['[::1]0', 'address [::1]0: missing port in address'],
	['::1:80', 'address ::1:80: too many colons in address'],
	['1.2.3:0', 'lookup 1.2.3: no such host'],
	['*:0', 'lookup *: no such host'],
	['127.0.0.1:0 ', 'lookup tcp/0 : unknown port'],
	['[::1]x:0', 'address [::1]x:0: missing port in address'],
	['a]:0', "address a]:0: unexpected ']' in address"],
	['a[:0', "address a[:0: unexpected '[' in address"],
] as const) {
	test(`listening on "${listen}" is refused in the words of Toxiproxy`, async (t) => {
		const error = await t.throwsAsync(proxiesOf(t).create({ name: 'p', listen, upstream: '127.0.0.1:1', enabled: true }));
		t.is(error?.message, `listen tcp: ${message}`);
		t.is((error as NodeJS.ErrnoException).code, 'E_LISTEN');
	});
}

test('latency: on a live connection at once, never early, gone at once when removed', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	const c = client().write('a');
	await c.receives('a');
	const added = proxy.addToxic(toxic('latency', { latency: 60 }));
	t.deepEqual(added.attributes, { latency: 60, jitter: 0 });
	for (let i = 0; i < 10; i++) {
		const start = performance.now();
		c.write(`${i}`);
		await c.receives(`${i}`);
		const took = performance.now() - start;
		t.true(took >= 60 && took < 20_000, `${took} ms`);
	}
	proxy.updateToxic(added.name, { attributes: { latency: 60_000 } });
	c.write('x');
	await soon(30);
	t.false(c.text.includes('x'));
	proxy.removeToxic(added.name);
	await c.receives('x');
});

test('bulk through latency and slicer arrives whole and in order', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	proxy.addToxic(toxic('latency', { latency: 30, jitter: 20 }));
	proxy.addToxic(toxic('slicer', { average_size: 700, size_variation: 300 }, { stream: 'UPSTREAM' }));
	const bytes = randomBytes(2_000_000);
	const c = client().write(bytes);
	await until(() => c.bytes.length === bytes.length);
	t.is(sha(c.bytes), sha(bytes));
});

test('bandwidth: live, in both directions, within a generous band; shared by all connections if asked', async (t) => {
	const port = await rawServer(t, (socket) => socket.on('error', () => {}).end(Buffer.alloc(100_000)));
	const { proxy, client } = await before(t, port);
	const own = proxy.addToxic(toxic('bandwidth', { rate: 500 }));
	const time = async (): Promise<number> => {
		const start = performance.now();
		const clients = [client(), client(), client()];
		for (const c of clients) {
			await c.closed;
			t.is(c.bytes.length, 100_000);
		}
		return performance.now() - start;
	};
	const each = await time();
	t.true(each >= 199 && each < 20_000, `${each}`);
	proxy.updateToxic(own.name, { attributes: { shared: true } });
	t.deepEqual(proxy.toxic(own.name)?.attributes, { rate: 500, shared: true });
	const together = await time();
	t.true(together >= 590 && together < 20_000, `${together}`);
});

test('timeout: bytes are lost; when it is removed the connection is closed, when it is updated it lives on', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	const c = client().write('a');
	await c.receives('a');
	const { name } = proxy.addToxic(toxic('timeout', { timeout: 0 }));
	c.write('lost');
	await soon(20);
	proxy.updateToxic(name, { attributes: { timeout: 100_000 } });
	await soon(20);
	t.is(c.ending, 'open');
	proxy.removeToxic(name);
	t.is(await c.closed, 'EOF');
	t.is(c.text, 'a');
	proxy.addToxic(toxic('timeout', { timeout: 50 }));
	const start = performance.now();
	t.is(await client().closed, 'EOF');
	t.true(performance.now() - start >= 50);
});

test('reset_peer: RST for connections that began with it, FIN for live ones, RST for those too if asked', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	for (const [live, expected] of [
		[false, 'EOF'],
		[true, 'ECONNRESET'],
	] as const) {
		const open = client().write('a');
		await open.receives('a');
		const { name } = proxy.addToxic(toxic('reset_peer', live ? { timeout: 10, live } : { timeout: 10 }));
		open.write('b');
		t.is(await open.closed, expected);
		const fresh = client().write('c');
		t.is(await fresh.closed, 'ECONNRESET');
		proxy.removeToxic(name);
	}
});

test('toxicity 0 has no effect at all, not even on how connections end', async (t) => {
	const { proxy, client, events } = await before(t, await echo(t));
	for (const type of ['reset_peer', 'timeout', 'limit_data', 'reset_connect', 'blackhole']) proxy.addToxic(toxic(type, {}, { toxicity: 0 }));
	for (let i = 0; i < 10; i++) {
		const c = client();
		c.write('a');
		await c.receives('a');
		c.socket.end();
		t.is(await c.closed, 'EOF');
	}
	t.is(events.filter((e) => e.kind === 'hit').length, 0);
});

test('limit_data closes after its bytes; the count outlives an update', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	const { name } = proxy.addToxic(toxic('limit_data', { bytes: 10 }));
	const c = client().write('123456');
	await c.receives('123456');
	proxy.updateToxic(name, { attributes: { bytes: 8 } });
	c.write('789');
	t.is(await c.closed, 'EOF');
	t.is(c.text, '12345678');
});

test('the same seed decides the same for the same connections, another seed differently', async (t) => {
	const port = await echo(t);
	const decide = async (seed: number): Promise<string> => {
		const { proxy, client } = await before(t, port, seed);
		proxy.addToxic({ ...toxic('limit_data', { bytes: 0 }, { toxicity: 0.5 }), name: 'coin' });
		let met = '';
		for (let i = 0; i < 30; i++) {
			const c = client().write('a');
			await until(() => c.ending !== 'open' || c.text === 'a');
			met += c.text === 'a' ? '.' : 'x';
			c.socket.destroy();
		}
		return met;
	};
	const first = await decide(42);
	t.is(await decide(42), first);
	t.not(await decide(43), first);
	t.deepEqual([...new Set(first)].sort(), ['.', 'x']);
});

test('scopes: the first, all but the first, every k-th; live connections are left alone; other clients too', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	const live = client().write('a');
	await live.receives('a');
	const pattern = async (scope: Partial<ToxicState>): Promise<string> => {
		const { name } = proxy.addToxic(toxic('limit_data', { bytes: 0 }, scope));
		let met = '';
		for (let i = 0; i < 8; i++) {
			const c = client().write('a');
			await until(() => c.ending !== 'open' || c.text === 'a');
			met += c.text === 'a' ? '.' : 'x';
			c.socket.destroy();
		}
		proxy.removeToxic(name);
		return met;
	};
	t.is(await pattern({ first: 2 }), 'xx......');
	t.is(await pattern({ after: 5 }), '.....xxx');
	t.is(await pattern({ every: 3 }), '..x..x..');
	t.is(await pattern({ after: 2, first: 3 }), '..xxx...');
	t.is(await pattern({ client: '127.0.0.0/8' }), 'xxxxxxxx');
	t.is(await pattern({ client: '10.1.2.3' }), '........');
	t.is(live.ending, 'open');
});

test('a toxic that expires is removed by itself, and an event says so', async (t) => {
	const { proxy, client, events } = await before(t, await echo(t));
	const { name } = proxy.addToxic(toxic('latency', { latency: 60_000 }, { duration: 50 }));
	t.is(proxy.toxic(name)?.duration, 50);
	const c = client().write('a');
	await c.receives('a');
	t.deepEqual(proxy.toxics(), []);
	const times = events.filter((e) => e.kind === 'toxic-added' || e.kind === 'toxic-expired').map((e) => e.t);
	t.is(times.length, 2);
	t.true((times[1] as number) - (times[0] as number) >= 50);
});

test('connect faults: reset at once; silence until it is removed; slow', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	const reset = proxy.addToxic(toxic('reset_connect'));
	t.is(await client().closed, 'ECONNRESET');
	proxy.removeToxic(reset.name);
	const hole = proxy.addToxic(toxic('blackhole'));
	const waiting = client().write('a');
	await soon(30);
	t.is(waiting.text, '');
	proxy.removeToxic(hole.name);
	await waiting.receives('a');
	proxy.addToxic(toxic('slow_open', { delay: 80 }));
	const start = performance.now();
	await client().write('a').receives('a');
	t.true(performance.now() - start >= 79);
});

test('events say which toxic hit which connection', async (t) => {
	const { proxy, client, events } = await before(t, await echo(t));
	const { name } = proxy.addToxic(toxic('latency', { latency: 1 }, { every: 2 }));
	for (let i = 0; i < 4; i++) {
		const c = client().write('a');
		await c.receives('a');
		c.socket.end();
		await c.closed;
	}
	await until(() => events.filter((e) => e.kind === 'closed').length === 4);
	t.deepEqual(
		events.flatMap((e) => (e.kind === 'hit' ? [[e.conn, e.toxic, e.proxy]] : [])),
		[
			[1, name, 'p'],
			[3, name, 'p'],
		],
	);
	const closed = events.find((e) => e.kind === 'closed');
	t.deepEqual(closed?.kind === 'closed' && closed.received, { upstream: 1, downstream: 1 });
});

/** Every change. None waits for a peer: these would answer in seconds, or never. The 100 ms of the contract are measured in test/long. */
const changes = async (t: ExecutionContext, proxy: FaultProxy): Promise<void> => {
	const quick = async (what: string, change: () => unknown): Promise<void> => {
		const start = performance.now();
		await change();
		const took = performance.now() - start;
		t.true(took < 2000, `${what} took ${took} ms`);
	};
	for (const type of ['latency', 'bandwidth', 'timeout', 'slicer', 'limit_data', 'slow_close', 'reset_peer', 'packet_loss']) {
		const state = toxic(type, type === 'slicer' ? { average_size: 10 } : type === 'limit_data' ? { bytes: 1e9 } : {});
		await quick(`adding ${type}`, () => proxy.addToxic(state));
		await quick(`updating ${type}`, () => proxy.updateToxic(state.name, { toxicity: 0.5 }));
		if (type !== 'timeout') await quick(`removing ${type}`, () => proxy.removeToxic(state.name));
	}
	await quick('counting', () => proxy.counters());
	await quick('disabling', () => proxy.update({ enabled: false }));
	t.is(proxy.counters().open, 0);
};

test('a reader that stands still makes no change wait', async (t) => {
	const sockets: Socket[] = [];
	const port = await rawServer(t, (socket) => {
		sockets.push(socket);
		const pour = (): void => {
			while (socket.write(Buffer.alloc(65_536)));
		};
		socket.on('drain', pour);
		pour();
	});
	const { proxy, client } = await before(t, port);
	for (let i = 0; i < 5; i++) client().socket.pause();
	let last = -1;
	await until(() => {
		const { downstream } = proxy.counters().sent;
		const still = downstream > 0 && downstream === last;
		last = downstream;
		return still && sockets.length === 5;
	});
	await changes(t, proxy);
});

test('a dead upstream makes no change and no other client wait', async (t) => {
	const proxies = proxiesOf(t);
	// TEST-NET-1: no route, or no answer.
	const proxy = await proxies.create({ name: 'dead', listen: '', upstream: '192.0.2.1:9', enabled: true });
	proxy.setOptions({ dialTimeout: 60_000 });
	for (let i = 0; i < 5; i++) new RawClient(t, portOf(proxy)).write('a');
	await until(() => proxy.counters().connections === 5);
	await changes(t, proxy);
});

test('an upstream that does not answer is given up after dialTimeout', async (t) => {
	const proxies = proxiesOf(t);
	const proxy = await proxies.create({ name: 'dead', listen: '', upstream: '192.0.2.1:9', enabled: true });
	proxy.setOptions({ dialTimeout: 30 });
	t.is(await new RawClient(t, portOf(proxy)).closed, 'EOF');
	t.is(proxy.counters().open, 0);
});

test('thousands of random changes under live traffic lose and reorder no byte, and leave nothing open', async (t) => {
	const { proxy, client } = await before(t, await echo(t));
	const chance = rng(11);
	const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
	const clients = Array.from({ length: 12 }, () => client());
	const sent = clients.map(() => createHash('sha256'));
	const counts = clients.map(() => 0);
	const pour = setInterval(() => {
		for (const [i, c] of clients.entries()) {
			if (c.socket.writableLength > 200_000 || counts[i]! > 3_000_000) continue;
			const bytes = randomBytes(1 + Math.floor(chance.next() * 20_000));
			sent[i]!.update(bytes);
			counts[i]! += bytes.length;
			c.write(bytes);
		}
	}, 2);
	for (let i = 0; i < 3000; i++) {
		const toxics = proxy.toxics();
		const what = chance.next();
		const type = pick(['latency', 'bandwidth', 'slicer', 'slow_close', 'noop']);
		const attributes: Record<string, number> = {
			latency: Math.floor(chance.next() * 10),
			jitter: 3,
			rate: 100 + Math.floor(chance.next() * 100_000),
			average_size: 1000,
			size_variation: 500,
			delay: 5,
		};
		if (toxics.length < 5 && what < 0.5) proxy.addToxic(toxic(type, attributes, { stream: pick(['upstream', 'downstream']), toxicity: pick([0.3, 1]) }));
		else if (toxics.length > 0 && what < 0.8) proxy.removeToxic(pick(toxics).name);
		else if (toxics.length > 0) proxy.updateToxic(pick(toxics).name, { toxicity: pick([0, 0.5, 1]), attributes });
		if (i % 20 === 0) await soon(1);
	}
	clearInterval(pour);
	for (const { name } of proxy.toxics()) proxy.removeToxic(name);
	await until(() => clients.every((c, i) => c.chunks.reduce((n, chunk) => n + chunk.length, 0) === counts[i]));
	for (const [i, c] of clients.entries()) {
		t.is(sha(c.bytes), sent[i]!.digest('hex'), `client ${i}`);
		c.socket.end();
		t.is(await c.closed, 'EOF');
	}
	t.true(proxy.counters().sent.downstream > 100_000);
	await until(() => proxy.counters().open === 0);
});
