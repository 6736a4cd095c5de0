import { readFileSync } from 'node:fs';
import test from 'ava';
import type { Event } from '../../src/model/event.js';
import { askHttp } from '../../src/probes/ask-http.js';
import { askTcp } from '../../src/probes/ask-tcp.js';
import { fault, get, httpServer, post, RawClient, rawServer, soon, tapBefore } from './stage.js';

const OK = /HTTP\/1.1 200 OK/g;
const kinds = (events: Event[], id: string): string[] => events.filter((e) => 'id' in e && e.id === id).map((e) => e.kind);

test('a receipt is on disk before the replica sees the first byte of the request', async (t) => {
	let history = '';
	const seen: string[] = [];
	const port = await rawServer(t, (socket) =>
		socket.on('data', (chunk) => {
			const id = /x-daruma-id: (\w+)/.exec(chunk.toString())?.[1];
			seen.push(`${id} ${readFileSync(history, 'utf8').includes(`"id":"${id}"`)}`);
			socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
		}),
	);
	const tapped = await tapBefore(t, port);
	history = tapped.history;
	for (let i = 0; i < 20; i++) await new RawClient(t, tapped.port).write(post(`r${i}`, 'body')).closed;
	t.deepEqual(
		seen,
		Array.from({ length: 20 }, (_, i) => `r${i} true`),
	);
});

test('error: answered at the tap, in order behind earlier answers, on the same connection; nothing is passed on', async (t) => {
	const asked: string[] = [];
	const release: (() => void)[] = [];
	const port = await httpServer(t, (q, a) => {
		asked.push(String(q.headers['x-daruma-id']));
		q.resume();
		if (q.url === '/slow') release.push(() => a.end('slow'));
		else a.end('fast');
	});
	const { tap, port: at, until, events } = await tapBefore(t, port);
	const client = new RawClient(t, at).write(get('r1', '/slow'));
	while (release.length === 0) await soon();
	tap.setFault(fault('error', { status: 502 }));
	client.write(`${post('r2', 'body')}HEAD / HTTP/1.1\r\nx-daruma-id: r3\r\n\r\n`);
	await until((found) => (kinds(found, 'r3').length > 0 ? true : undefined));
	t.is(client.text, '', 'the made-up answers wait for the real one');
	release[0]?.();
	await client.receives(/slow[\s\S]*502[\s\S]*502[\s\S]*\r\n\r\n$/);
	tap.setFault(null);
	client.write(get('r4'));
	await client.receives('fast');
	t.deepEqual(client.text.match(/HTTP\/1.1 (\d+)/g), ['HTTP/1.1 200', 'HTTP/1.1 502', 'HTTP/1.1 502', 'HTTP/1.1 200']);
	t.deepEqual(asked, ['r1', 'r4']);
	const responses = await until((found) => {
		const all = found.filter((e) => e.kind === 'response');
		return all.length === 4 ? all : undefined;
	});
	t.deepEqual(
		responses.map((e) => [e.id, e.status, e.injected ?? false]),
		[
			['r1', 200, false],
			['r2', 502, true],
			['r3', 502, true],
			['r4', 200, false],
		],
	);
	t.is(events().filter((e) => e.kind === 'receipt').length, 4);
});

test('error: a head in pieces is held back, "Connection: close" is honoured, and a waiting client gets its 100', async (t) => {
	const port = await httpServer(t, (q, a) => {
		q.resume();
		a.end('real');
	});
	const { tap, port: at } = await tapBefore(t, port);
	tap.setFault(fault('error'));
	const slow = new RawClient(t, at);
	for (const piece of get('r1', '/', 'Connection: close\r\n').match(/[\s\S]{1,9}/g) ?? []) {
		slow.write(piece);
		await soon(1);
	}
	t.is(await slow.closed, 'EOF');
	t.regex(slow.text, /^HTTP\/1.1 503 Service Unavailable\r\n[\s\S]*Connection: close[\s\S]*\r\n\r\n503 injected by daruma\n$/);
	const polite = new RawClient(t, at).write('POST / HTTP/1.1\r\nx-daruma-id: r2\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
	await polite.receives('100 Continue');
	polite.write('body');
	await polite.receives('injected by daruma');
});

test('share: the same seed and ordinals decide the same, probes always meet it, other methods never', async (t) => {
	const outcomes = async (seed: number): Promise<string> => {
		const port = await httpServer(t, (_, a) => a.end());
		const { tap, port: at } = await tapBefore(t, port);
		tap.setFault(fault('error', { share: 0.4, seed }));
		let word = '';
		for (let i = 0; i < 40; i++) {
			const probe = await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000, headers: { 'x-daruma-id': `probe-${i}` } });
			t.is(probe.status, 503);
			const answer = await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000, headers: { 'x-daruma-id': `r${i}` } });
			word += answer.status === 503 ? 'x' : '.';
		}
		tap.setFault(fault('error', { methods: ['POST'] }));
		t.true((await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000 })).ok);
		return word;
	};
	const first = await outcomes(1);
	t.is(await outcomes(1), first);
	t.not(await outcomes(2), first);
	t.regex(first, /x/);
	t.regex(first, /\./);
});

test('reset: once the request is read to its end, RST; nothing is passed on; lives on', async (t) => {
	const asked: string[] = [];
	const port = await httpServer(t, (q, a) => {
		asked.push(String(q.headers['x-daruma-id']));
		a.end();
	});
	const { tap, port: at, until } = await tapBefore(t, port);
	const client = new RawClient(t, at).write(get('r1'));
	await client.receives('200');
	tap.setFault(fault('reset'));
	client.write(post('r2', 'xxxx').slice(0, -2));
	await until((found) => (kinds(found, 'r2').length > 0 ? true : undefined));
	t.is(client.ending, 'open', 'not before the request is whole');
	client.write('xx');
	t.is(await client.closed, 'ECONNRESET');
	t.is((await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000 })).reason, 'ECONNRESET');
	tap.setFault(null);
	t.true((await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000, headers: { 'x-daruma-id': 'r3' } })).ok);
	t.deepEqual(asked, ['r1', 'r3']);
});

test('blackhole: live and new connections go silent, receipts are kept, answers under way are swallowed, the heal closes them', async (t) => {
	const asked: string[] = [];
	const release: (() => void)[] = [];
	const port = await httpServer(t, (q, a) => {
		asked.push(String(q.headers['x-daruma-id']));
		if (q.url === '/slow') release.push(() => a.end('slow'));
		else a.end('fast');
	});
	const { tap, port: at, until } = await tapBefore(t, port);
	const idle = new RawClient(t, at).write(get('r1'));
	await idle.receives('fast');
	const waiting = new RawClient(t, at).write(get('r2', '/slow'));
	while (release.length === 0) await soon();
	tap.setFault(fault('blackhole'));
	release[0]?.();
	const fresh = new RawClient(t, at).write(post('r3', 'x'));
	idle.write(get('r4')).socket.end();
	await until((found) => (kinds(found, 'r3').length > 0 && kinds(found, 'r4').length > 0 && kinds(found, 'r2').length > 1 ? true : undefined));
	await soon(100);
	t.deepEqual([idle.ending, waiting.ending, fresh.ending], ['open', 'open', 'open']);
	t.deepEqual([waiting.text, fresh.text], ['', '']);
	tap.setFault(null);
	await Promise.all([idle.closed, waiting.closed, fresh.closed]);
	t.deepEqual(asked, ['r1', 'r2']);
	t.is(idle.text.match(OK)?.length, 1);
	await new RawClient(t, at).write(get('r5')).receives('fast');
});

test('drop request: earlier answers still come, the dropped one and all behind it never, until the heal', async (t) => {
	const port = await httpServer(t, (q, a) => a.end(`answer to ${q.headers['x-daruma-id']}`));
	const { tap, port: at } = await tapBefore(t, port);
	tap.setFault(fault('drop', { methods: ['POST'] }));
	const client = new RawClient(t, at).write(get('r1') + post('r2', 'x') + get('r3'));
	await client.receives('answer to r1');
	await soon(100);
	t.is(client.ending, 'open');
	t.false(/r2|r3/.test(client.text));
	tap.setFault(null);
	await client.closed;
	t.false(/r2|r3/.test(client.text));
});

test('drop connection: a share is reset at accept; drop bytes: everything is lost, the connection stays', async (t) => {
	const got: Buffer[] = [];
	const port = await rawServer(t, (socket) => socket.on('data', (chunk) => got.push(chunk)).on('end', () => socket.end('bye')));
	const { tap, port: at } = await tapBefore(t, port);
	tap.setFault(fault('drop', { unit: 'connection' }));
	t.is(await new RawClient(t, at).closed, 'ECONNRESET');
	tap.setFault(fault('drop', { unit: 'bytes' }));
	const client = new RawClient(t, at);
	client.socket.end('lost');
	t.is(await client.closed, 'EOF');
	t.is(client.text, '');
	t.is(got.length, 0);
});

test('delay: on live connections at once, never early, order kept, FIN with the data; gone at once when healed', async (t) => {
	const port = await rawServer(t, (socket) => socket.on('data', (chunk) => socket.end(`${chunk}!`)).on('end', () => {}));
	const { tap, port: at, clock } = await tapBefore(t, port);
	const live = new RawClient(t, at);
	await new Promise((resolve) => live.socket.once('connect', resolve));
	tap.setFault(fault('delay', { latencyMs: 150, jitterMs: 50 }));
	const start = clock.now();
	live.write('a');
	t.is(await live.closed, 'EOF');
	t.true(clock.now() - start >= 100);
	t.is(live.text, 'a!');
	const clients = Array.from({ length: 20 }, (_, i) => ({ i, began: clock.now(), client: new RawClient(t, at).write(`${i}`) }));
	await Promise.all(
		clients.map(async ({ i, began, client }) => {
			t.is(await client.closed, 'EOF');
			t.true(clock.now() - began >= 100, `${i} was early`);
			t.is(client.text, `${i}!`);
		}),
	);
	tap.setFault(fault('delay', { latencyMs: 3_600_000 }));
	const late = new RawClient(t, at).write('z');
	await soon(100);
	t.is(late.text, '');
	tap.setFault(null);
	t.is(await late.closed, 'EOF');
	t.is(late.text, 'z!');
});

test('crash: the first matching request, not a probe, is passed on; its answer does not get out', async (t) => {
	const asked: string[] = [];
	const port = await httpServer(t, (q, a) => {
		asked.push(`${q.method} ${q.headers['x-daruma-id']}`);
		q.resume();
		a.end('answered');
	});
	const { tap, port: at, crashes } = await tapBefore(t, port);
	tap.setFault(fault('crash', { methods: ['POST'] }));
	t.true((await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000, headers: { 'x-daruma-id': 'probe-1' } })).ok);
	t.true((await askHttp({ host: '127.0.0.1', port: at }, '/', { timeoutMs: 5000, headers: { 'x-daruma-id': 'r1' } })).ok);
	t.deepEqual(crashes, []);
	const client = new RawClient(t, at).write(post('r2', 'x'));
	while (crashes.length === 0) await soon();
	t.deepEqual(asked, ['GET probe-1', 'GET r1', 'POST r2']);
	t.is(client.text, '');
	new RawClient(t, at).write(post('r3', 'x'));
	await soon(50);
	t.is(crashes.length, 1);
});

test('a replica that refuses: the client is reset, the listener closes, and comes back with the replica', async (t) => {
	const port = await rawServer(t, (socket) => socket.end('first'));
	const { tap, port: at, fatal } = await tapBefore(t, port);
	const closedPort = await (async () => {
		const { freePort } = await import('../../src/platform/ports.js');
		return freePort();
	})();
	Object.assign(tap.upstream, { port: closedPort });
	t.is(await new RawClient(t, at).closed, 'ECONNRESET');
	t.is((await askTcp({ host: '127.0.0.1', port: at }, { timeoutMs: 1000 })).reason, 'ECONNREFUSED');
	await rawServer(t, (socket) => socket.end('again'), closedPort);
	while (!(await askTcp({ host: '127.0.0.1', port: at }, { timeoutMs: 1000 })).ok) await soon();
	const client = new RawClient(t, at);
	await client.closed;
	t.is(client.text, 'again');
	t.deepEqual(fatal, []);
});

test('a head that is held until it is whole comes out as it went in', async (t) => {
	let got = '';
	const port = await rawServer(t, (socket) => socket.on('data', (chunk) => (got += chunk.toString('latin1'))));
	const { tap, port: at } = await tapBefore(t, port);
	tap.setFault(fault('error', { methods: ['POST'] }));
	const pieces = ['GET /whole HTTP/1.1\r\nHo', 'st: t\r\nx-daruma-id: r1\r\nX-A: ', 'some more of it\r\n', '\r\n'];
	const client = new RawClient(t, at);
	for (const piece of pieces) {
		client.write(piece);
		await soon(20);
	}
	while (got.length < pieces.join('').length) await soon();
	t.is(got, pieces.join(''));
});
