import { createServer } from 'node:net';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { type HttpRequest, openSender, type Sender, type SendResult } from '../../src/traffic/send.js';
import { OK, rawServer, until } from './servers.js';

const request = (id: string, method = 'GET'): HttpRequest => ({
	method,
	path: '/task',
	headers: { 'x-daruma-id': id },
	body: method === 'POST' ? '{"n":1}' : null,
});

const ask = (sender: Sender, to: { host: string; port: number }, id: string, method = 'GET'): Promise<SendResult> =>
	new Promise((resolve) => sender.send({ name: 'n1', ...to }, request(id, method), resolve));

const open = async (t: { teardown(fn: () => Promise<void>): void }, connections: 'pooled' | 'fresh' = 'pooled'): Promise<Sender> => {
	const sender = await openSender(connections);
	t.teardown(() => sender.close());
	return sender;
};

test('pooled: one connection serves requests one after the other', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const sender = await open(t);
	for (let i = 0; i < 5; i++) t.deepEqual(await ask(sender, server, `r${i}`, i % 2 ? 'POST' : 'GET'), { kind: 'answered', status: 200 });
	t.is(server.connections, 1);
	t.is(server.received.size, 5);
});

test('pooled: what is in flight at once has as many connections', async (t) => {
	const waiting: (() => void)[] = [];
	const server = await rawServer(t, ({ socket }) => {
		waiting.push(() => socket.write(OK));
		if (waiting.length === 20) for (const answer of waiting) answer();
	});
	const sender = await open(t);
	const results = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(sender, server, `r${i}`)));
	t.true(results.every((result) => result.kind === 'answered'));
	t.is(server.connections, 20);
});

test('fresh: each request has its own connection, and closes it', async (t) => {
	const server = await rawServer(t, ({ socket, head }) => {
		t.regex(head, /connection: close/i);
		socket.write(OK);
	});
	const sender = await open(t, 'fresh');
	for (let i = 0; i < 5; i++) t.is((await ask(sender, server, `r${i}`)).kind, 'answered');
	t.is(server.connections, 5);
	await until(() => server.sockets.size === 0);
});

test('the request goes out as it is: method, path, headers, body, and no idempotency key', async (t) => {
	let seen = '';
	const server = await rawServer(t, ({ socket, head }) => {
		seen = head;
		socket.write(OK);
	});
	await ask(await open(t), server, 'r1', 'POST');
	const lines = seen.split('\r\n');
	t.is(lines[0], 'POST /task HTTP/1.1');
	t.deepEqual(
		lines
			.slice(1)
			.map((line) => line.split(':')[0]!.toLowerCase())
			.sort(),
		['connection', 'content-length', 'host', 'x-daruma-id'],
	);
});

test('a bad status is an answer', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'));
	t.deepEqual(await ask(await open(t), server, 'r1', 'POST'), { kind: 'answered', status: 503 });
});

test('an interim answer is not the answer', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${OK}`));
	t.deepEqual(await ask(await open(t), server, 'r1'), { kind: 'answered', status: 200 });
});

test('an answer counts when its last byte is there: a body cut short is a failure', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
	t.deepEqual(await ask(await open(t), server, 'r1'), { kind: 'failed', error: 'closed', unsent: false });
	for (const close of ['', 'connection: close\r\n']) {
		const chunked = await rawServer(t, ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\n${close}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`));
		for (const mode of ['pooled', 'fresh'] as const)
			t.deepEqual(await ask(await open(t, mode), chunked, 'r2'), { kind: 'failed', error: 'closed', unsent: false });
	}
});

test('refused: provably unsent', async (t) => {
	const port = await freePort();
	const sender = await open(t);
	for (const id of ['r1', 'r2'])
		t.deepEqual(await ask(sender, { host: '127.0.0.1', port }, id, 'POST'), { kind: 'failed', error: 'ECONNREFUSED', unsent: true });
});

test('the server goes and comes back on its port: refused, then answered', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const sender = await open(t);
	t.is((await ask(sender, server, 'r1')).kind, 'answered');
	server.server.close();
	for (const socket of server.sockets) socket.destroy();
	await until(() => server.sockets.size === 0);
	await t.notThrowsAsync(async () => {
		const result = await ask(sender, server, 'r2');
		t.is(result.kind, 'failed');
	});
	const again = createServer((socket) => socket.on('data', () => socket.write(OK)).on('error', () => {}));
	await new Promise<void>((resolve) => {
		again.listen(server.port, '127.0.0.1', resolve);
	});
	t.teardown(() => void again.close());
	t.is((await ask(sender, server, 'r3')).kind, 'answered');
});

test('reset after reading: failed, and not known to be unsent', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.resetAndDestroy());
	t.deepEqual(await ask(await open(t), server, 'r1', 'POST'), { kind: 'failed', error: 'ECONNRESET', unsent: false });
	t.is(server.received.get('r1'), 1);
});

test('reset before reading: failed, and never sent twice', async (t) => {
	const server = await rawServer(
		t,
		() => {},
		(socket) => socket.resetAndDestroy(),
	);
	const result = await ask(await open(t), server, 'r1', 'POST');
	t.is(result.kind, 'failed');
	t.is(server.connections, 1);
});

test('closed without a word: failed as closed', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.end());
	t.deepEqual(await ask(await open(t), server, 'r1', 'POST'), { kind: 'failed', error: 'closed', unsent: false });
});

for (const garbage of ['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/9.9 banana\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n']) {
	test(`garbage is no answer: ${JSON.stringify(garbage.slice(0, 20))}`, async (t) => {
		const server = await rawServer(t, ({ socket }) => socket.write(garbage));
		t.deepEqual(await ask(await open(t), server, 'r1'), { kind: 'failed', error: 'protocol', unsent: false });
	});
}

test('an invalid request is told, and nothing is sent', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const sender = await open(t);
	const result = await new Promise<SendResult>((resolve) => sender.send(server, { ...request('r1'), path: 'no slash' }, resolve));
	t.deepEqual(result, { kind: 'failed', error: 'invalid-request', unsent: true });
	t.is(server.received.size, 0);
});

test('done is never called before send has returned', async (t) => {
	const sender = await open(t);
	let returned = false;
	await new Promise<void>((resolve) => {
		sender.send({ name: 'n1', host: '127.0.0.1', port: 1 }, { ...request('r1'), path: 'bad' }, () => {
			t.true(returned);
			resolve();
		});
		returned = true;
	});
});

test('abandoned in flight: its connection closes, done is never called, and it was written', async (t) => {
	const server = await rawServer(t, () => {});
	const sender = await open(t);
	const sending = sender.send(server, request('r1', 'POST'), () => t.fail('done was called'));
	await until(() => server.received.size === 1);
	t.true(sending.written);
	t.false(sending.abandon());
	t.false(sending.abandon());
	await until(() => server.sockets.size === 0);
});

test('abandoned when the answer is there and has not been told yet: done is not called, and the sender goes on', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const sender = await open(t);
	for (let i = 0; i < 40; i++) {
		let told = false;
		let abandoned = false;
		const sending = sender.send(server, request(`r${i}`), () => {
			told = true;
			t.false(abandoned, 'done was called after abandon');
		});
		// Every turn of the event loop is tried as the moment of abandoning: one of them falls between the answer and its news.
		for (let turn = 0; turn < i; turn++) await new Promise((resolve) => setImmediate(resolve));
		if (!told) {
			abandoned = true;
			sending.abandon();
		}
		await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
	}
	t.is((await ask(sender, server, 'last')).kind, 'answered');
});

test('abandoned while connecting: provably unsent, the connect is ended and nothing is written later', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const sender = await open(t);
	const sending = sender.send(server, request('r1', 'POST'), () => t.fail('done was called'));
	t.false(sending.written);
	t.true(sending.abandon());
	t.is((await ask(sender, server, 'r2')).kind, 'answered');
	t.deepEqual([...server.received.keys()], ['r2']);
	await until(() => server.sockets.size === 1);
});

test('POSTs over keep-alive connections that close under us are never sent twice', async (t) => {
	// It closes after each answer with a delay around our own next send: the race that every pool meets.
	const server = await rawServer(t, ({ socket, count }) => {
		socket.write(OK);
		if (count === 2) socket.end();
		if (count === 1) setTimeout(() => socket.destroy(), 2 + ((socket.remotePort ?? 0) % 3));
	});
	const sender = await open(t);
	const results = new Map<string, SendResult>();
	for (let i = 0; i < 300; i++) {
		results.set(`r${i}`, await ask(sender, server, `r${i}`, 'POST'));
		if (i % 3) await new Promise((resolve) => setTimeout(resolve, i % 5));
	}
	t.is(results.size, 300);
	t.true(server.connections > 20, `only ${server.connections} connections: the race was not met`);
	for (const [id, result] of results) {
		const received = server.received.get(id) ?? 0;
		t.true(received <= 1, `${id} was received ${received} times`);
		if (result.kind === 'answered') t.is(received, 1, id);
		else if (result.unsent) t.is(received, 0, `${id} was called unsent and was received`);
	}
});

test('close ends what is under way', async (t) => {
	const server = await rawServer(t, () => {});
	const sender = await openSender('pooled');
	const result = ask(sender, server, 'r1');
	await until(() => server.received.size === 1);
	await sender.close();
	t.is((await result).kind, 'failed');
	await until(() => server.sockets.size === 0);
});
