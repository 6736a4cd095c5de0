import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Destination } from '../../src/model/endpoint.js';
import type { TlsSpec } from '../../src/model/plan.js';
import { type HttpRequest, openSender, type SendResult } from '../../src/traffic/send.js';
import { secureContextOf } from '../../src/traffic/trust.js';

const file = (name: string): string => fileURLToPath(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url));
const pem = (name: string) => ({ key: readFileSync(file(name)), cert: readFileSync(file(name)) });
const CA = file('ca');

const listening = async (t: ExecutionContext, server: Server, path?: string): Promise<number> => {
	server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return path === undefined ? (server.address() as AddressInfo).port : 0;
};

const sendTo = async (t: ExecutionContext, to: Omit<Destination, 'name'>, more: Partial<HttpRequest> = {}, times = 1): Promise<SendResult> => {
	const sender = await openSender('pooled');
	t.teardown(() => sender.close());
	let last: SendResult | undefined;
	for (let i = 0; i < times; i++)
		last = await new Promise<SendResult>((resolve) => {
			sender.send({ name: 'subject', ...to }, { method: 'POST', path: '/task', headers: { 'x-daruma-id': `r${i}` }, body: 'hello', ...more }, resolve);
		});
	return last as SendResult;
};

const echo: RequestListener = (request, response) => {
	response.setHeader('x-seen', `${request.headers.host} ${request.url}`);
	request.pipe(response);
};

test('TLS: a known root is trusted, one connection serves all, and the host is named with its port', async (t) => {
	let connections = 0;
	const server = createSecureServer(pem('good'), echo).on('secureConnection', () => connections++);
	const port = await listening(t, server);
	const got = await sendTo(t, { host: '127.0.0.1', port, tls: { ca: CA }, basePath: '/api' }, { needs: { headers: true, body: true } }, 3);
	t.is(got.kind === 'answered' && got.answer?.body, 'hello');
	t.is(got.kind === 'answered' && got.answer?.headers?.['x-seen'], `127.0.0.1:${port} /api/task`);
	t.is(connections, 1);
});

test('TLS: what is wrong with a certificate fails before anything is sent', async (t) => {
	let requests = 0;
	const secure = async (name: string): Promise<number> =>
		listening(
			t,
			createSecureServer(pem(name), (request, response) => {
				requests += 1;
				echo(request, response);
			}),
		);
	const [good, expired, other] = [await secure('good'), await secure('expired'), await secure('other')];
	const bad: [number, TlsSpec, string][] = [
		[good, {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
		[expired, { ca: CA }, 'CERT_HAS_EXPIRED'],
		[other, { ca: CA }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
	];
	for (const [port, tls, error] of bad) t.deepEqual(await sendTo(t, { host: '127.0.0.1', port, tls }), { kind: 'failed', error, unsent: true });
	t.is(requests, 0);
	for (const [port, tls] of [
		[other, { ca: CA, servername: 'other.example' }],
		[expired, { insecure: true }],
	] as [number, TlsSpec][])
		t.is((await sendTo(t, { host: '127.0.0.1', port, tls })).kind, 'answered');
});

test('mutual TLS: with a certificate of ours we are let in, without one we are not', async (t) => {
	let who = '';
	const server = createSecureServer({ ...pem('good'), ca: readFileSync(CA), requestCert: true, rejectUnauthorized: true }, (request, response) => {
		who = (request.socket as TLSSocket).getPeerCertificate().subject.CN as string;
		echo(request, response);
	});
	const port = await listening(t, server);
	const ours = { ca: CA, cert: file('good'), key: file('good') };
	t.is((await sendTo(t, { host: '127.0.0.1', port, tls: ours })).kind, 'answered');
	t.is(who, 'good');
	t.is((await sendTo(t, { host: '127.0.0.1', port, tls: { ca: CA } })).kind, 'failed');
});

test('a hanging handshake is given up like a hanging connect: nothing was sent', async (t) => {
	const { createServer: createTcp } = await import('node:net');
	const silent = createTcp((socket) => socket.on('error', () => {}));
	silent.listen(0, '127.0.0.1');
	await once(silent, 'listening');
	t.teardown(() => void silent.close());
	const sender = await openSender('pooled');
	const accepted = once(silent, 'connection');
	const to = { name: 'subject', host: '127.0.0.1', port: (silent.address() as AddressInfo).port, tls: {} };
	const under = sender.send(to, { method: 'GET', path: '/', headers: {}, body: null }, () => t.fail('it was abandoned'));
	const [socket] = await accepted;
	t.false(under.written);
	t.true(under.abandon());
	await once(socket, 'close');
	await sender.close();
});

test('a unix socket, in plain text and with TLS', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-send-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const plain = join(dir, 'plain.sock');
	const secure = join(dir, 'secure.sock');
	await listening(t, createServer(echo), plain);
	await listening(t, createSecureServer(pem('good'), echo), secure);
	const place = { host: 'localhost', port: 0 };
	const got = await sendTo(t, { ...place, socketPath: plain }, { needs: { headers: true, body: false } });
	t.is(got.kind === 'answered' && got.answer?.headers?.['x-seen'], 'localhost /task');
	t.is((await sendTo(t, { ...place, socketPath: secure, tls: { ca: CA } })).kind, 'answered');
	t.deepEqual(await sendTo(t, { ...place, socketPath: join(dir, 'none.sock') }), { kind: 'failed', error: 'ENOENT', unsent: true });
});

test('each client has connections of its own', async (t) => {
	let connections = 0;
	const port = await listening(
		t,
		createServer(echo).on('connection', () => connections++),
	);
	const sender = await openSender('pooled');
	t.teardown(() => sender.close());
	for (const client of [0, 1, 2, 0, 1, 2])
		await new Promise<SendResult>((resolve) => {
			sender.send({ name: 'subject', host: '127.0.0.1', port }, { method: 'GET', path: '/', headers: {}, body: null, client }, resolve);
		});
	t.is(connections, 3);
});

test('files that are no certificates: exit 2, and which one', (t) => {
	t.throws(() => secureContextOf({ ca: '/nowhere/ca.pem' }), { code: 'E_TLS', message: /tls\.ca: .*\/nowhere\/ca\.pem \(ENOENT\)/ });
	t.throws(() => secureContextOf({ cert: file('good'), key: file('other') }), { code: 'E_TLS' });
	t.throws(() => secureContextOf({ cert: CA, key: CA }), { code: 'E_TLS' });
});
