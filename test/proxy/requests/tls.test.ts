import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createSecureServer, createServer, connect as h2connect, type SecureClientSessionOptions } from 'node:http2';
import { Agent, createServer as createTlsServer, get } from 'node:https';
import type { Server } from 'node:net';
import { connect } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../../src/platform/ports.js';
import type { ProxyOptions } from '../../../src/proxy/contract.js';
import { RawClient } from '../stage.js';
import { good, proxied } from '../tls-stage.js';
import { type Answer, ask } from './h2-stage.js';
import { until } from './stage.js';

const bothSides = { tls: good, upstreamTls: { ca: good.cert, servername: 'localhost' } };
const trusting = { ca: good.cert, servername: 'localhost' };
const status = (attributes: object) => ({ name: 'fail', type: 'http_status', stream: 'downstream', toxicity: 1, attributes: attributes as never });
const delay = { name: 'slow', type: 'http_delay', stream: 'downstream', toxicity: 1, attributes: { delay: 5 } };

/** Tells which version of HTTP it was asked in. */
const upstream = async (t: ExecutionContext, kind: 'tls' | 'tls h1' | 'h2c' | 'h1', port = 0): Promise<number> => {
	const answer = (q: { httpVersion: string; url?: string | undefined }, s: { end(text: string): unknown }): unknown => s.end(`${q.httpVersion} ${q.url}`);
	const server = (
		kind === 'h1'
			? createPlainServer(answer)
			: kind === 'h2c'
				? createServer(answer)
				: kind === 'tls'
					? createSecureServer({ ...good, allowHTTP1: true }, answer)
					: createTlsServer(good, answer)
	) as Server;
	const sockets = new Set<{ destroy(): void }>();
	server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as { port: number }).port;
};

/** Paths one after another on one connection: "status body" or the error of each. */
const overHttp1 = async (t: ExecutionContext, port: number, paths: readonly string[]): Promise<string[]> => {
	const agent = new Agent({ keepAlive: true, maxSockets: 1, ...trusting, ALPNProtocols: ['http/1.1'] });
	t.teardown(() => agent.destroy());
	const heard: string[] = [];
	for (const path of paths) {
		heard.push(
			await new Promise<string>((resolve) => {
				const asked = get({ port, host: '127.0.0.1', path, agent }, (response) => {
					let body = '';
					response.on('data', (chunk) => {
						body += chunk;
					});
					response.on('end', () => resolve(`${response.statusCode} ${body}`));
				});
				asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
			}),
		);
	}
	return heard;
};
const overHttp2 = async (t: ExecutionContext, port: number, paths: readonly string[], options: SecureClientSessionOptions = trusting) => {
	const session = h2connect(`https://127.0.0.1:${port}`, options);
	session.on('error', () => {});
	t.teardown(() => session.destroy());
	const heard: string[] = [];
	for (const path of paths) {
		const answer: Answer = await ask(session, { ':path': path });
		heard.push(answer.error || `${answer.status} ${answer.body}`);
	}
	return { heard, alpn: session.alpnProtocol };
};

const sides: [string, Parameters<typeof upstream>[1], Partial<ProxyOptions>][] = [
	['TLS on both sides', 'tls', bothSides],
	['TLS to the client', 'h2c', { tls: good, alpn: ['h2'] }],
];
for (const [name, kind, options] of sides) {
	test(`${name}, HTTP/2: requests are met, answered here, delayed and passed on`, async (t) => {
		const { proxy, port, event } = await proxied(t, await upstream(t, kind), options);
		proxy.addToxic(status({ status: 418, body: 'no', path: '/bad' }));
		proxy.addToxic(delay);
		t.deepEqual(await overHttp2(t, port, ['/bad', '/a', '/bad', '/b']), { heard: ['418 no', '200 2.0 /a', '418 no', '200 2.0 /b'], alpn: 'h2' });
		t.like(await event('tls'), { alpn: 'h2' } as never);
		t.deepEqual(
			proxy.injected().map(({ requests }) => requests),
			[2, 4],
		);
	});
}
for (const [name, kind, options] of [
	['TLS on both sides', 'tls', bothSides],
	['TLS on both sides, an upstream without HTTP/2', 'tls h1', bothSides],
	['TLS to the client', 'h1', { tls: good }],
] as const) {
	test(`${name}, HTTP/1.1: requests are met, answered here, delayed and passed on`, async (t) => {
		const { proxy, port } = await proxied(t, await upstream(t, kind), options);
		proxy.addToxic(status({ status: 418, body: 'no', path: '/bad' }));
		proxy.addToxic(delay);
		t.deepEqual(await overHttp1(t, port, ['/bad', '/a', '/bad', '/b']), ['418 no', '200 1.1 /a', '418 no', '200 1.1 /b']);
	});
}

test('the upstream chooses the protocol, also while requests are met', async (t) => {
	const { proxy, port } = await proxied(t, await upstream(t, 'tls h1'), bothSides);
	proxy.addToxic(status({ path: '/none' }));
	const socket = connect({ port, host: '127.0.0.1', ...trusting, ALPNProtocols: ['h2', 'http/1.1'] });
	t.teardown(() => socket.destroy());
	await once(socket, 'secureConnect');
	t.is(socket.alpnProtocol, 'http/1.1');
});

test('an upstream that is not there does not keep made-up answers from its clients; it is dialled in their protocol when it is needed', async (t) => {
	const late = await freePort();
	const { proxy, port, event } = await proxied(t, late, bothSides);
	proxy.addToxic(status({ status: 418, body: 'no', path: '/bad' }));
	t.deepEqual(await overHttp1(t, port, ['/bad', '/bad']), ['418 no', '418 no']);
	t.deepEqual(await overHttp2(t, port, ['/bad']), { heard: ['418 no'], alpn: 'h2' });
	t.is((await overHttp1(t, port, ['/a']))[0], 'ECONNRESET');
	t.like(await event('unreachable'), { error: 'ECONNREFUSED' });
	const agent = new Agent({ keepAlive: true, maxSockets: 1, ...trusting, ALPNProtocols: ['http/1.1'] });
	t.teardown(() => agent.destroy());
	const one = (path: string): Promise<string> =>
		new Promise((resolve, reject) => {
			get({ port, host: '127.0.0.1', path, agent }, (response) => {
				const { localPort } = response.socket;
				response.resume();
				response.on('end', () => resolve(`${response.statusCode} ${localPort}`));
			}).on('error', reject);
		});
	const [, own] = (await one('/bad')).split(' ');
	await upstream(t, 'tls', late);
	t.is(await one('/a'), `200 ${own}`, 'on the same connection');
	t.is(await one('/bad'), `418 ${own}`);
});

test('without a toxic that answers, an upstream that is not there ends its clients, before their handshake', async (t) => {
	const { proxy, port, event } = await proxied(t, await freePort(), bothSides);
	proxy.addToxic(delay);
	t.is((await overHttp1(t, port, ['/a']))[0], 'ECONNRESET');
	t.like(await event('unreachable'), { error: 'ECONNREFUSED' });
	t.is(proxy.counters().open, 0);
});

test('clients that leave before or within their ClientHello, or speak no TLS, leave nothing behind', async (t) => {
	const { proxy, port } = await proxied(t, await upstream(t, 'tls'), bothSides);
	proxy.addToxic(delay);
	const silent = new RawClient(t, port);
	const half = new RawClient(t, port).write(Buffer.from('160301020001', 'hex'));
	const plain = new RawClient(t, port).write('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
	const gone = new RawClient(t, port);
	await until(() => proxy.counters().connections === 4);
	gone.socket.resetAndDestroy();
	silent.socket.end();
	half.socket.end();
	await plain.closed;
	await until(() => proxy.counters().open === 0);
	t.deepEqual((await overHttp2(t, port, ['/a'])).heard, ['200 2.0 /a']);
});

test('a connection that lives is met from its next request on', async (t) => {
	const { proxy, port } = await proxied(t, await upstream(t, 'tls'), bothSides);
	const agent = new Agent({ keepAlive: true, maxSockets: 1, ...trusting, ALPNProtocols: ['http/1.1'] });
	t.teardown(() => agent.destroy());
	const one = (path: string): Promise<string> =>
		new Promise((resolve) => {
			get({ port, host: '127.0.0.1', path, agent }, (response) => {
				let body = '';
				response.on('data', (chunk) => {
					body += chunk;
				});
				response.on('end', () => resolve(`${response.statusCode} ${body}`));
			}).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
		});
	t.is(await one('/a'), '200 1.1 /a');
	proxy.addToxic(status({ status: 418, body: 'no', path: '/bad' }));
	t.deepEqual([await one('/bad'), await one('/b'), await one('/bad')], ['418 no', '200 1.1 /b', '418 no']);
	t.is(proxy.counters().connections, 1);
});
