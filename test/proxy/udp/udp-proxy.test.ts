import { Resolver } from 'node:dns/promises';
import { existsSync, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { soon } from '../stage.js';
import { echo, Party, portIn, steady, toxic, udpProxy, until } from './datagram-sides.js';

const hasIpv6 = existsSync('/proc/net/if_inet6') && readFileSync('/proc/net/if_inet6', 'utf8').includes(' lo');

test('datagrams pass whole, both ways: empty ones and the longest', async (t) => {
	const upstream = await echo(t);
	const { proxy } = await udpProxy(t, upstream.url);
	t.regex(proxy.listen, /^udp:\/\/127\.0\.0\.1:\d+$/);
	const client = await Party.at(t);
	const sent = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(65_507, 'x')];
	for (const [i, bytes] of sent.entries()) {
		client.send(proxy.listen, bytes);
		await client.hears(i + 1);
	}
	t.deepEqual(client.heard, sent);
	t.true(
		client.from.every(({ port }) => port === portIn(proxy.listen)),
		'answers come from the address that was asked',
	);
	const { datagrams, ...counters } = proxy.counters();
	t.deepEqual(counters, { received: { upstream: 65_508, downstream: 65_508 }, sent: { upstream: 65_508, downstream: 65_508 }, connections: 1, open: 1 });
	t.like(datagrams, { received: { upstream: 3, downstream: 3 }, sent: { upstream: 3, downstream: 3 }, lost: { upstream: 0, downstream: 0 }, refused: 0 });
});

test('every client is a flow of its own, and answers find it', async (t) => {
	const upstream = await Party.at(t);
	const { proxy, events } = await udpProxy(t, upstream.url);
	const clients = await Promise.all(Array.from({ length: 20 }, () => Party.at(t)));
	for (const [i, client] of clients.entries()) client.send(proxy.listen, `hello ${i}`);
	await upstream.hears(20);
	t.is(new Set(upstream.from.map(({ port }) => port)).size, 20, 'each has its own socket to the upstream');
	// The upstream answers in another order, twice, and unasked.
	for (const i of [...upstream.heard.keys()].reverse())
		for (const again of [1, 2]) upstream.send(upstream.from[i]?.port ?? 0, `to ${upstream.texts[i]?.slice(6)} ${again}`);
	for (const [i, client] of clients.entries()) {
		await client.hears(2);
		t.deepEqual(client.texts.sort(), [`to ${i} 1`, `to ${i} 2`]);
	}
	t.is(proxy.counters().open, 20);
	t.is(events.filter(({ kind }) => kind === 'connection').length, 20);
});

test('nobody but the upstream can speak into a flow', async (t) => {
	const upstream = await echo(t);
	const { proxy } = await udpProxy(t, upstream.url);
	const client = await Party.at(t);
	client.send(proxy.listen, 'one');
	await client.hears(1);
	const stranger = await Party.at(t);
	stranger.send(upstream.from[0]?.port ?? 0, 'forged');
	client.send(proxy.listen, 'two');
	await client.hears(2);
	await soon(20);
	t.deepEqual(client.texts, ['one', 'two']);
});

/** A name server: the header of RFC 1035, 4.1.1 with QR set and one answer; the question is repeated, and its A record follows. */
const nameServer = async (t: ExecutionContext): Promise<Party> => {
	const party = await Party.at(t);
	party.socket.on('message', (query, from) => {
		const answer = Buffer.concat([questionOf(query), Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, query[1] ?? 0])]);
		answer.writeUInt16BE(0x8180, 2);
		answer.fill(0, 8, 12);
		answer.writeUInt16BE(1, 6);
		party.socket.send(answer, from.port, from.address);
	});
	return party;
};
/** Without the options that a resolver may add behind it. */
const questionOf = (query: Buffer): Buffer => Buffer.from(query.subarray(0, query.indexOf(0, 12) + 5));

test('a real resolver asks through the proxy, and asks again when it must', async (t) => {
	const upstream = await nameServer(t);
	const { proxy } = await udpProxy(t, upstream.url);
	const resolver = new Resolver({ timeout: 50, tries: 8 });
	resolver.setServers([`127.0.0.1:${portIn(proxy.listen)}`]);
	t.regex((await resolver.resolve4('example.com')).join(), /^192\.0\.2\.\d+$/);
	// It asks again from another port, which is another flow.
	proxy.addToxic(toxic('timeout', {}, { first: 2 }));
	t.regex((await resolver.resolve4('example.org')).join(), /^192\.0\.2\.\d+$/);
	t.true((proxy.counters().datagrams?.lost.upstream ?? 0) >= 2);
});

test('a name server: queries and answers by id, through jitter, duplicates and reordering', async (t) => {
	const upstream = await nameServer(t);
	const { proxy } = await udpProxy(t, upstream.url);
	proxy.addToxic(toxic('latency', { latency: 10, jitter: 10 }));
	proxy.addToxic(toxic('reorder', { rate: 0.3, gap: 2, hold: 20 }, { stream: 'downstream' }));
	proxy.addToxic(toxic('duplicate', { rate: 0.5 }, { stream: 'downstream' }));
	const client = await Party.at(t);
	const question = Buffer.from('\x07example\x03com\x00\x00\x01\x00\x01', 'latin1');
	for (let id = 0; id < 100; id++) {
		const head = Buffer.alloc(12);
		head.writeUInt16BE(id, 0);
		head.writeUInt16BE(0x0100, 2);
		head.writeUInt16BE(1, 4);
		client.send(proxy.listen, Buffer.concat([head, question]));
	}
	await until(() => new Set(client.heard.map((bytes) => bytes.readUInt16BE(0))).size === 100);
	const ids = client.heard.map((bytes) => bytes.readUInt16BE(0));
	t.true(
		client.heard.every((bytes) => bytes.readUInt16BE(2) === 0x8180 && bytes.at(-1) === bytes.readUInt16BE(0)),
		'each answer belongs to its question',
	);
	t.true(
		ids.some((id, i) => id < (ids[i - 1] ?? 0)),
		'some came out of order',
	);
	await until(() => client.heard.length === proxy.counters().datagrams?.sent.downstream);
	t.true(client.heard.length > 100, 'and some twice');
});

test('an upstream that refuses is counted and told, and the flow goes on', async (t) => {
	const port = portIn(await steady());
	const first = await echo(t, '127.0.0.1', port);
	const { proxy, events } = await udpProxy(t, first.url);
	const client = await Party.at(t);
	client.send(proxy.listen, 'a');
	await client.hears(1);
	first.close();
	while ((proxy.counters().datagrams?.refused ?? 0) < 3) {
		client.send(proxy.listen, 'into the void');
		await soon(2);
	}
	t.like(
		events.find(({ kind }) => kind === 'refused'),
		{ conn: 0, error: 'ECONNREFUSED', proxy: 'd' },
	);
	const sent = client.heard.length;
	await echo(t, '127.0.0.1', port);
	// Not lost to the error of one before it.
	await soon(10);
	client.send(proxy.listen, 'there again');
	await client.hears(sent + 1);
	t.true(client.texts.includes('there again'));
	t.is(proxy.counters().connections, 1, 'the same flow');
});

test('flows are forgotten when nothing came for a while', async (t) => {
	const upstream = await echo(t);
	const { proxy, events } = await udpProxy(t, upstream.url);
	proxy.setOptions({ idleTimeout: 60 });
	const [silent, alive] = [await Party.at(t), await Party.at(t)];
	silent.send(proxy.listen, 'a');
	await silent.hears(1);
	let sent = 0;
	while (!events.some(({ kind }) => kind === 'closed')) {
		alive.send(proxy.listen, 'b');
		await alive.hears(++sent);
		await soon(5);
	}
	t.like(
		events.find(({ kind }) => kind === 'closed'),
		{ conn: 0, received: { upstream: 1, downstream: 1 }, sent: { upstream: 1, downstream: 1 } },
	);
	await until(() => proxy.counters().open === 0);
	silent.send(proxy.listen, 'again');
	await silent.hears(2);
	t.true(proxy.counters().connections >= 3);
	t.is(proxy.counters().received.upstream, 1 + sent + 5, 'what is past stays counted');
});

test('a flow whose datagrams wait is not idle', async (t) => {
	const upstream = await echo(t);
	const { proxy } = await udpProxy(t, upstream.url);
	proxy.setOptions({ idleTimeout: 20 });
	proxy.addToxic(toxic('latency', { latency: 200 }));
	const client = await Party.at(t);
	client.send(proxy.listen, 'late');
	await client.hears(1);
	t.is(proxy.counters().connections, 1);
});

test('beyond max_flows the one that was idle for longest goes', async (t) => {
	const upstream = await echo(t);
	const { proxy, events } = await udpProxy(t, upstream.url);
	proxy.setOptions({ maxFlows: 2 });
	const [a, b, c] = [await Party.at(t), await Party.at(t), await Party.at(t)];
	for (const party of [a, b]) {
		party.send(proxy.listen, 'x');
		await party.hears(1);
	}
	a.send(proxy.listen, 'again');
	await a.hears(2);
	c.send(proxy.listen, 'x');
	await c.hears(1);
	t.is(proxy.counters().open, 2);
	t.deepEqual(
		events.flatMap((event) => (event.kind === 'closed' ? [event.conn] : [])),
		[1],
		'b, not a',
	);
	a.send(proxy.listen, 'still there');
	await a.hears(3);
	t.is(proxy.counters().connections, 3);
});

test('toggle: the same port again, toxics kept, flows gone', async (t) => {
	const upstream = await echo(t);
	const { proxy } = await udpProxy(t, upstream.url, await steady());
	proxy.addToxic(toxic('noop'));
	const client = await Party.at(t);
	const { listen } = proxy;
	for (let i = 0; i < 20; i++) {
		client.send(listen, 'x');
		await client.hears(i + 1);
		await proxy.update({ enabled: false });
		t.false(proxy.enabled);
		t.is(proxy.counters().open, 0);
		await proxy.update({ enabled: true });
		t.is(proxy.listen, listen);
	}
	t.is(proxy.toxics().length, 1);
});

test('update of listen and upstream', async (t) => {
	const [first, second] = [await echo(t), await Party.at(t)];
	second.socket.on('message', (_, from) => second.socket.send('from the second', from.port, from.address));
	const { proxies, proxy } = await udpProxy(t, first.url);
	const client = await Party.at(t);
	await proxy.update({ upstream: second.url });
	client.send(proxy.listen, 'x');
	await client.hears(1);
	t.is(client.texts[0], 'from the second');
	const before = proxy.listen;
	await proxy.update({ listen: 'udp://127.0.0.1:0' });
	t.not(proxy.listen, before);
	client.send(proxy.listen, 'x');
	await client.hears(2);
	// A port that is taken: refused in Go's words, and it stays disabled with the new value.
	const error = await t.throwsAsync(proxy.update({ listen: first.url }));
	t.is(error?.message, `listen udp 127.0.0.1:${first.port}: bind: address already in use`);
	t.false(proxy.enabled);
	t.is(proxy.listen, first.url);
	await proxy.update({ listen: (await steady()).replace('127.0.0.1', 'localhost'), enabled: true });
	t.regex(proxy.listen, /^udp:\/\/127\.0\.0\.1:/);
	t.true(proxy.enabled);
	await proxies.delete('d');
	t.deepEqual(proxies.list(), []);
	await Party.at(t, '127.0.0.1', portIn(proxy.listen));
});

test('toxics apply to flows that are there at once, and a share of flows is a coin per flow', async (t) => {
	const upstream = await echo(t);
	const { proxy, events } = await udpProxy(t, upstream.url);
	const clients = await Promise.all(Array.from({ length: 40 }, () => Party.at(t)));
	for (const client of clients) {
		client.send(proxy.listen, 'before');
		await client.hears(1);
	}
	proxy.addToxic(toxic('timeout', {}, { toxicity: 0.5 }));
	const hit = new Set(events.flatMap((event) => (event.kind === 'hit' ? [event.conn] : [])));
	t.true(hit.size > 8 && hit.size < 32, `${hit.size} of 40`);
	for (const client of clients) client.send(proxy.listen, 'during');
	await until(() => proxy.counters().datagrams?.received.upstream === 80);
	t.is(proxy.counters().datagrams?.lost.upstream, hit.size);
	for (const [i, client] of clients.entries()) if (!hit.has(i)) await client.hears(2);
	proxy.removeToxic('timeout');
	for (const [i, client] of clients.entries()) {
		client.send(proxy.listen, 'after');
		await client.hears(hit.has(i) ? 2 : 3);
		t.deepEqual(client.texts, hit.has(i) ? ['before', 'after'] : ['before', 'during', 'after']);
	}
});

test('a scope counts flows', async (t) => {
	const upstream = await Party.at(t);
	const { proxy } = await udpProxy(t, upstream.url);
	proxy.addToxic(toxic('timeout', {}, { after: 1, first: 2 }));
	const clients = await Promise.all([0, 1, 2, 3].map(() => Party.at(t)));
	for (const [i, client] of clients.entries()) {
		client.send(proxy.listen, `${i}`, `${i}`);
		await until(() => proxy.counters().datagrams?.received.upstream === 2 * i + 2);
	}
	await upstream.hears(4);
	t.deepEqual(upstream.texts, ['0', '0', '3', '3']);
	proxy.removeToxic('timeout');
	proxy.addToxic(toxic('timeout', {}, { client: `127.0.0.1:${clients[2]?.port}` }));
	proxy.addToxic(toxic('noop', {}, { duration: 20 }));
	for (const [i, client] of clients.entries()) client.send(proxy.listen, `c${i}`);
	await upstream.hears(7);
	t.deepEqual(upstream.texts.slice(4).sort(), ['c0', 'c1', 'c3']);
	await until(() => proxy.toxic('noop') === undefined);
});

test('blackhole swallows new flows until it is removed; slow_open makes the first datagrams wait', async (t) => {
	const upstream = await echo(t);
	const { proxy } = await udpProxy(t, upstream.url);
	proxy.addToxic(toxic('blackhole'));
	const client = await Party.at(t);
	client.send(proxy.listen, 'lost', 'lost, too');
	await until(() => proxy.counters().datagrams?.lost.upstream === 2);
	proxy.removeToxic('blackhole');
	client.send(proxy.listen, 'heard');
	await client.hears(1);
	t.deepEqual(client.texts, ['heard']);
	proxy.addToxic(toxic('slow_open', { delay: 60_000 }));
	const second = await Party.at(t);
	second.send(proxy.listen, '1', '2', '3');
	await until(() => proxy.counters().received.upstream === 'lostlost, tooheard123'.length);
	t.is(second.heard.length, 0);
	proxy.updateToxic('slow_open', { attributes: { delay: 10 } });
	second.send(proxy.listen, '4');
	await second.hears(4);
	t.deepEqual(second.texts, ['1', '2', '3', '4'], 'all, in order');
});

test('the same seed decides alike', async (t) => {
	const upstream = await Party.at(t);
	const heard: string[] = [];
	for (const seed of [3, 3, 4]) {
		const { proxies, proxy } = await udpProxy(t, upstream.url, '', seed);
		proxy.addToxic(toxic('packet_loss', { loss_rate: 0.4 }));
		const client = await Party.at(t);
		const from = upstream.heard.length;
		for (let i = 0; i < 60; i++) {
			client.send(proxy.listen, `${i}`);
			await until(() => proxy.counters().datagrams?.received.upstream === i + 1);
		}
		await upstream.hears(from + (proxy.counters().datagrams?.sent.upstream ?? 0));
		heard.push(upstream.texts.slice(from).join(' '));
		await proxies.close();
	}
	t.is(heard[0], heard[1]);
	t.not(heard[0], heard[2]);
});

test('an upstream whose name nobody knows, or that is no address: told, and the next datagram tries again', async (t) => {
	const { proxy, events } = await udpProxy(t, 'udp://does-not-exist.invalid:53');
	const client = await Party.at(t);
	client.send(proxy.listen, 'x');
	await until(() => events.some(({ kind }) => kind === 'unreachable'));
	t.is(proxy.counters().open, 0);
	await proxy.update({ upstream: 'udp://nonsense' });
	client.send(proxy.listen, 'x');
	await until(() => events.filter(({ kind }) => kind === 'unreachable').length === 2);
	// A connect that the system refuses.
	await proxy.update({ upstream: 'udp://255.255.255.255:9' });
	client.send(proxy.listen, 'x');
	await until(() => events.filter(({ kind }) => kind === 'unreachable').length === 3);
	t.deepEqual(proxy.counters().open, 0);
	const upstream = await echo(t);
	await proxy.update({ upstream: `udp://localhost:${upstream.port}` });
	client.send(proxy.listen, 'by name');
	await client.hears(1);
});

(hasIpv6 ? test : test.skip)('IPv6, and both families on the wildcard', async (t) => {
	const upstream = await echo(t, '::1');
	const { proxy } = await udpProxy(t, upstream.url, 'udp://[::1]:0');
	t.regex(proxy.listen, /^udp:\/\/\[::1\]:\d+$/);
	const client = await Party.at(t, '::1');
	client.send(proxy.listen, 'six', Buffer.alloc(65_000));
	await client.hears(2);
	t.is(client.heard[1]?.length, 65_000);
	const { proxy: wild, events } = await udpProxy(t, upstream.url, 'udp://:0');
	t.regex(wild.listen, /^udp:\/\/\[::\]:\d+$/);
	wild.addToxic(toxic('packet_loss', { loss_rate: 1 }, { client: '127.0.0.0/8' }));
	const [four, six] = [await Party.at(t), await Party.at(t, '::1')];
	four.send(wild.listen, 'lost');
	await until(() => wild.counters().datagrams?.lost.upstream === 1);
	t.regex(events.flatMap((event) => (event.kind === 'hit' ? [event.client] : [])).join(), /^127\.0\.0\.1:\d+$/);
	wild.removeToxic('packet_loss');
	four.send(wild.listen, 'four');
	six.send(wild.listen, 'six');
	await four.hears(1);
	await six.hears(1);
	t.deepEqual([four.texts, six.texts], [['four'], ['six']]);
});

test('toxics added, changed and removed thousands of times under traffic lose only what they claim, and leave nothing', async (t) => {
	const upstream = await echo(t);
	const { proxies, proxy, events } = await udpProxy(t, upstream.url);
	const clients = await Promise.all(Array.from({ length: 10 }, () => Party.at(t)));
	const kinds = [
		() => toxic('latency', { latency: 2, jitter: 2 }),
		() => toxic('reorder', { rate: 0.5, gap: 2, hold: 5 }),
		() => toxic('corrupt', { rate: 0 }),
		() => toxic('bandwidth', { rate: 100_000, queue: 1 << 24 }),
		() => toxic('noop'),
	];
	let sent = 0;
	for (let round = 0; round < 400; round++) {
		for (const make of kinds) {
			for (const stream of ['upstream', 'downstream']) {
				const { name } = proxy.addToxic({ ...make(), stream, name: stream });
				if (round % 2) proxy.updateToxic(name, { toxicity: 0.5 });
			}
			if (round % 10 === 0) {
				for (const client of clients) client.send(proxy.listen, `${sent++}`);
				await until(() => proxy.counters().datagrams?.received.upstream === sent);
			}
			for (const stream of ['upstream', 'downstream']) proxy.removeToxic(stream);
		}
	}
	await until(() => clients.reduce((sum, { heard }) => sum + heard.length, 0) === sent);
	t.is(new Set(clients.flatMap(({ texts }) => texts)).size, sent, 'each came back once');
	t.like(proxy.counters().datagrams, { lost: { upstream: 0, downstream: 0 }, overflow: { upstream: 0, downstream: 0 } });
	await proxies.close();
	t.is(events.filter(({ kind }) => kind === 'closed').length, 10);
});
