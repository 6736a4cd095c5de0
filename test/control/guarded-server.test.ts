import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type Answer, type Asked, type GuardedServer, serveGuarded } from '../../src/control/guarded-server.js';
import { DarumaError } from '../../src/model/errors.js';

const serve = async (t: ExecutionContext, answer: (asked: Asked) => Answer | Promise<Answer>, bodyLimit?: number): Promise<GuardedServer> => {
	const server = await serveGuarded({ host: '127.0.0.1', port: 0, answer, ...(bodyLimit !== undefined && { bodyLimit }) });
	t.teardown(server.close);
	return server;
};

/** Sends these bytes; resolves with all that comes until the server closes. */
const raw = async (server: GuardedServer, text: string): Promise<string> => {
	const socket = connect(server.port, '127.0.0.1');
	let heard = '';
	socket.on('data', (chunk) => {
		heard += chunk;
	});
	socket.write(text);
	await once(socket, 'close');
	return heard;
};

test('a request reaches the answer with its body, and the answer comes back', async (t) => {
	const server = await serve(t, ({ method, url, body }) => ({ status: 201, headers: { 'X-Seen': `${method} ${url}` }, body: `heard ${body}` }));
	const reply = await fetch(`${server.url}/x?y=1`, { method: 'POST', body: 'hello' });
	t.is(reply.status, 201);
	t.is(reply.headers.get('x-seen'), 'POST /x?y=1');
	t.is(await reply.text(), 'heard hello');
});

test('web pages and foreign hosts are refused before their body is read', async (t) => {
	let asked = 0;
	const server = await serve(t, () => {
		asked++;
		return { status: 200 };
	});
	const refused = await raw(server, 'POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com\r\nContent-Length: 1000000\r\n\r\n');
	t.regex(refused, /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*"status":403/);
	t.regex(await raw(server, 'GET / HTTP/1.1\r\nHost: evil.com:8474\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 403 /);
	t.is(asked, 0);
	t.regex(await raw(server, 'GET / HTTP/1.1\r\nHost: toxiproxy:8474\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /);
	t.is(asked, 1);
});

test('bodies beyond the limit are refused, whether announced or not', async (t) => {
	const server = await serve(t, ({ body }) => ({ status: 200, body: String(body.length) }), 10);
	t.regex(await raw(server, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n'), /^HTTP\/1\.1 413 /);
	t.regex(await raw(server, 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n'), /^HTTP\/1\.1 413 /);
	t.regex(
		await raw(server, 'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789'),
		/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n10$/,
	);
});

test('clients that stall in their request or leave hold nobody up', async (t) => {
	const server = await serve(t, () => ({ status: 200 }));
	const stalled = Array.from({ length: 50 }, () => connect(server.port, '127.0.0.1'));
	await Promise.all(stalled.map((socket) => once(socket, 'connect')));
	for (const socket of stalled) socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf');
	t.is((await fetch(server.url)).status, 200);
	for (const socket of stalled) socket.resetAndDestroy();
	t.is((await fetch(server.url)).status, 200);
});

test('an answer that throws is a 500, and the next is answered', async (t) => {
	const server = await serve(t, ({ url }) => {
		if (url === '/bad') throw new Error('a bug');
		return { status: 204 };
	});
	t.is((await fetch(`${server.url}/bad`)).status, 500);
	t.is((await fetch(server.url)).status, 204);
});

test('a taken port is told with a way out', async (t) => {
	const server = await serve(t, () => ({ status: 200 }));
	const error = await t.throwsAsync(serveGuarded({ host: '127.0.0.1', port: server.port, answer: () => ({ status: 200 }) }), { instanceOf: DarumaError });
	t.is(error?.code, 'E_PORT_IN_USE');
	t.is(error?.exit, 4);
});

test('closing ends also connections that are kept alive or stuck', async (t) => {
	const server = await serveGuarded({ host: '127.0.0.1', port: 0, answer: () => new Promise(() => {}) });
	const socket = connect(server.port, '127.0.0.1');
	socket.on('error', () => {});
	socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
	await once(socket, 'connect');
	const closed = once(socket, 'close');
	await server.close();
	await closed;
	t.pass();
});
