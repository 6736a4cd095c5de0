import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import test from 'ava';
import { type ProxyServer, serveProxy } from '../../../src/proxy/api/serve.js';
import { ask, portOf } from './ask.js';

/** Where Toxiproxy takes 25 s and then never answers again; far above what we need, since machines are busy. */
const SOON_MS = 2000;

const call = async (server: ProxyServer, method: string, path: string, body?: object): Promise<{ status: number; body: string }> => {
	const began = performance.now();
	const reply = await ask(server.url, { method, path, ...(body && { body: JSON.stringify(body) }) });
	const ms = performance.now() - began;
	if (ms > SOON_MS) throw new Error(`${method} ${path} took ${ms} ms`);
	return reply;
};

/** Every kind of call, twice around. */
const goThrough = async (server: ProxyServer, name: string): Promise<number[]> => {
	const statuses: number[] = [];
	const at = `/proxies/${name}`;
	for (let i = 0; i < 2; i++) {
		for (const [method, path, body] of [
			['GET', '/proxies', undefined],
			['POST', `${at}/toxics`, { name: 't', type: 'latency', attributes: { latency: 60_000 } }],
			['POST', `${at}/toxics`, { name: 'u', type: 'reset_peer', stream: 'upstream', attributes: { timeout: 60_000 } }],
			['PATCH', `${at}/toxics/t`, { attributes: { latency: 1 } }],
			['DELETE', `${at}/toxics/u`, undefined],
			['GET', '/metrics', undefined],
			['POST', at, { upstream: '192.0.2.1:9' }],
			['POST', at, { enabled: false }],
			['POST', '/reset', undefined],
		] as const) {
			statuses.push((await call(server, method, path, body)).status);
		}
	}
	return statuses;
};

const ONCE = [200, 200, 200, 200, 204, 200, 200, 200, 204];

test.serial('clients that do not read, upstreams that do not answer: every call is answered', async (t) => {
	const sockets: Socket[] = [];
	const upstream = createServer((socket) => {
		sockets.push(socket);
		socket.on('error', () => {});
		const pour = (): void => {
			while (socket.writable && socket.write(Buffer.alloc(65_536)));
		};
		socket.on('drain', pour);
		pour();
	}).listen(0, '127.0.0.1');
	await once(upstream, 'listening');
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(async () => {
		for (const socket of sockets) socket.destroy();
		upstream.close();
		await server.close();
	});
	const made = await call(server, 'POST', '/proxies', { name: 'p', listen: '127.0.0.1:0', upstream: `127.0.0.1:${portOf(upstream.address())}` });
	const [host, port] = JSON.parse(made.body).listen.split(':') as [string, string];
	for (let i = 0; i < 20; i++) {
		const socket = connect(Number(port), host);
		socket.on('error', () => {});
		sockets.push(socket);
		await once(socket, 'connect');
		socket.pause();
	}
	while ((server.proxies.get('p')?.counters().received.downstream ?? 0) < 1_000_000) await new Promise(setImmediate);
	t.deepEqual(await goThrough(server, 'p'), [...ONCE, ...ONCE]);
	t.is((await call(server, 'DELETE', '/proxies/p')).status, 204);
	t.deepEqual(server.proxies.list(), []);
});

test.serial('changes of one proxy at the same time happen one after another', async (t) => {
	const server = await serveProxy({ port: 0 });
	t.teardown(server.close);
	const spec = { name: 'p', listen: '127.0.0.1:0', upstream: 'u:1' };
	const made = await Promise.all(Array.from({ length: 20 }, () => call(server, 'POST', '/proxies', spec)));
	t.is(made.filter(({ status }) => status === 201).length, 1);
	t.is(made.filter(({ status }) => status === 409).length, 19);
	await Promise.all(
		Array.from({ length: 40 }, (_, i) => call(server, 'POST', '/proxies/p', { enabled: i % 2 === 0, listen: i % 3 === 0 ? 'localhost:0' : '127.0.0.1:0' })),
	);
	t.false(server.proxies.get('p')?.enabled);
	const [gone] = await Promise.all([
		call(server, 'DELETE', '/proxies/p'),
		call(server, 'POST', '/proxies/p', { enabled: true }),
		call(server, 'POST', '/reset'),
	]);
	t.is(gone?.status, 204);
	t.deepEqual(server.proxies.list(), []);
});

test.serial('no body keeps the others waiting, whatever it is made of', async (t) => {
	const server = await serveProxy({ port: 0 });
	t.teardown(server.close);
	await call(server, 'POST', '/proxies', { name: 'p', upstream: 'u:1', enabled: false });
	const size = 256 * 1024 - 100;
	const bodies: readonly (string | Buffer)[] = [
		`[${'0,'.repeat(size / 2)}0]`,
		`[${'{"a":1},'.repeat(size / 8)}1]`,
		`{${'"name":"x",'.repeat(size / 11)}"name":1}`,
		`"${'\\n'.repeat(size / 2)}"`,
		Buffer.concat([Buffer.from('"'), Buffer.alloc(size, 0x80), Buffer.from('"')]),
		'['.repeat(size),
		' '.repeat(size),
		'9'.repeat(size),
	];
	for (const body of bodies) {
		for (const path of ['/proxies', '/populate', '/proxies/p', '/proxies/p/toxics']) {
			const began = performance.now();
			const { status } = await ask(server.url, { method: 'POST', path, body });
			t.is(status, 400);
			t.true(performance.now() - began < SOON_MS, `${path} ${String(body).slice(0, 20)}`);
		}
	}
	t.is((await ask(server.url, { method: 'POST', path: '/populate', body: ' '.repeat(256 * 1024 + 1) })).status, 413);
});
