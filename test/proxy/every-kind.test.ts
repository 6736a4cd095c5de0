import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer as createHttpServer, request } from 'node:http';
import { createServer as createH2Server, createSecureServer, connect as h2connect } from 'node:http2';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { rng } from '../../src/model/rng.js';
import type { FaultProxy, ProxyOptions } from '../../src/proxy/contract.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import { misplaced } from '../../src/proxy/udp/toxics/index.js';
import { rawServer, soon } from './stage.js';
import { good } from './tls-stage.js';

const CLIENTS = 5;
const ROUNDS = 2;
/** So long a client waits for anything. */
const PATIENCE_MS = 300;
const SETTINGS: Record<string, Record<string, number | string | boolean>> = {
	latency: { latency: 10, jitter: 10 },
	bandwidth: { rate: 100 },
	slow_close: { delay: 20 },
	timeout: { timeout: 30 },
	reset_peer: { timeout: 5, live: true, idle: true },
	slicer: { average_size: 100, delay: 10 },
	limit_data: { bytes: 1000 },
	packet_loss: { loss_rate: 0.1 },
	corrupt: { rate: 0.1 },
	duplicate: { rate: 0.1 },
	reorder: { rate: 0.3 },
	slow_open: { delay: 10 },
	http_status: { path: '/a' },
	http_delay: { delay: 10 },
	http_truncate: { bytes: 10 },
	http_headers: { set: 'a: b', remove: 'date', on: 'response' },
	http_reset: { when: 'passed' },
};

/** Upstreams of every kind, told by name. */
const upstreams = async (t: ExecutionContext, dir: string) => {
	const answer = (_: unknown, response: { end(text: string): unknown }): unknown => response.end('x'.repeat(20_000));
	const started = async (server: Server, path?: string): Promise<number> => {
		const sockets = new Set<{ destroy(): void }>();
		server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
		for (const event of ['sessionError', 'tlsClientError', 'error']) server.on(event, () => {});
		server.on('clientError', (_, socket: { destroy(): void }) => socket.destroy());
		t.teardown(() => {
			for (const socket of sockets) socket.destroy();
			server.close();
		});
		if (path) server.listen(path);
		else server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		return path ? 0 : (server.address() as AddressInfo).port;
	};
	await started(createHttpServer(answer), join(dir, 'up.sock'));
	return {
		echo: await rawServer(t, (socket) => socket.pipe(socket)),
		h1: await started(createHttpServer(answer)),
		h2: await started(createH2Server(answer) as Server),
		tls: await started(createSecureServer({ ...good, allowHTTP1: true }, answer) as Server),
	};
};

type Client = (proxy: FaultProxy, chance: () => number) => Promise<unknown>;
const portOf = ({ listen }: FaultProxy): number => Number(listen.split(':').at(-1));
const raw: Client = async (proxy, chance) => {
	const socket = connect(portOf(proxy), '127.0.0.1').on('error', () => {});
	socket.resume().write(Buffer.alloc(Math.floor(chance() * 100_000)));
	await soon(chance() * PATIENCE_MS);
	if (chance() < 0.5) socket.resetAndDestroy();
	else socket.destroy();
};
const http =
	(kind: 'tcp' | 'unix' | 'tls'): Client =>
	async (proxy, chance) => {
		const agent = kind === 'tls' ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
		const to = kind === 'unix' ? { socketPath: proxy.listen.slice(5) } : { host: '127.0.0.1', port: portOf(proxy) };
		for (let i = 0; i < 4; i++) {
			const headers = { 'x-daruma-behavior': ['status=500', 'rst-after-read', 'fail-first-2', 'truncate=9'][Math.floor(chance() * 4)] as string };
			await new Promise<void>((resolve) => {
				const asked = (kind === 'tls' ? httpsRequest : request)({
					...to,
					agent,
					headers,
					path: chance() < 0.5 ? '/a' : '/b',
					rejectUnauthorized: false,
				} as never);
				const timer = setTimeout(() => asked.destroy(), PATIENCE_MS);
				asked.on('error', () => {}).on('response', (response) => response.on('error', () => {}).resume());
				asked.once('close', () => {
					clearTimeout(timer);
					resolve();
				});
				asked.end();
			});
		}
		agent.destroy();
	};
const h2 =
	(scheme: string): Client =>
	async (proxy, chance) => {
		const session = h2connect(`${scheme}://127.0.0.1:${portOf(proxy)}`, { rejectUnauthorized: false }).on('error', () => {});
		const closed = new Promise((resolve) => session.once('close', resolve));
		for (let i = 0; i < 4; i++)
			session
				.request({ ':path': i % 2 ? '/a' : '/b' })
				.on('error', () => {})
				.resume();
		await soon(chance() * PATIENCE_MS);
		session.destroy();
		await closed;
	};
const datagrams: Client = async (proxy) => {
	const socket = createSocket('udp4').on('error', () => {});
	for (let i = 0; i < 10; i++) socket.send('x', portOf(proxy), '127.0.0.1');
	await soon(50);
	socket.close();
};

for (const rawHandles of [true, false]) {
	test(`connections of every kind, under random toxics that come and go, leave nothing behind; raw handles ${rawHandles}`, async (t) => {
		const dir = mkdtempSync(join(tmpdir(), 'daruma-kinds-'));
		t.teardown(() => rmSync(dir, { recursive: true, force: true }));
		const up = await upstreams(t, dir);
		const proxies = createProxies({ seed: 1, rawHandles });
		t.teardown(() => proxies.close());
		const both: Partial<ProxyOptions> = { tls: good, upstreamTls: { insecure: true } };
		const kinds: [name: string, upstream: string, client: Client, options?: Partial<ProxyOptions>, listen?: string][] = [
			['raw', `127.0.0.1:${up.echo}`, raw],
			['half-close', `127.0.0.1:${up.echo}`, raw, { halfClose: true, keepReset: true }],
			['dead', '127.0.0.1:1', http('tcp')],
			['h1', `127.0.0.1:${up.h1}`, http('tcp')],
			['h2', `127.0.0.1:${up.h2}`, h2('http')],
			['terminated', `127.0.0.1:${up.h1}`, http('tls'), { tls: good }],
			['originated', `127.0.0.1:${up.tls}`, http('tcp'), { upstreamTls: { insecure: true } }],
			['both, h1', `127.0.0.1:${up.tls}`, http('tls'), both],
			['both, h2', `127.0.0.1:${up.tls}`, h2('https'), both],
			['unix', `unix:${join(dir, 'up.sock')}`, http('unix'), {}, `unix:${join(dir, 'listen.sock')}`],
			['udp', `udp://127.0.0.1:${up.echo}`, datagrams, { idleTimeout: 100 }, 'udp://127.0.0.1:0'],
		];
		const running = await Promise.all(
			kinds.map(async ([name, upstream, client, options = {}, listen = '']) => {
				const proxy = await proxies.create({ name, listen, upstream, enabled: true });
				proxy.setOptions(options);
				return { proxy, client };
			}),
		);
		const seed = Math.floor(Math.random() * 2 ** 31);
		t.log(`seed ${seed}`);
		const drawn = rng(seed);
		const chance = (): number => drawn.next();
		const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
		const scopes = [{}, {}, { first: 3 }, { every: 2 }, { start: 10, on: 10, off: 10 }, { duration: 50 }];
		let busy = true;
		const shaking = (async () => {
			for (let i = 0; busy; i++) {
				const { proxy } = pick(running);
				const toxics = proxy.toxics();
				if (toxics.length > 3) proxy.removeToxic(pick(toxics).name);
				const type = pick([...TOXICS.keys()].filter((name) => misplaced(name, proxy.upstream.startsWith('udp:')) === null));
				const more = { stream: pick(['upstream', 'downstream']), toxicity: pick([0.5, 1]), ...pick(scopes) };
				proxy.addToxic({ name: `t${i}`, type, attributes: SETTINGS[type] ?? {}, ...more });
				await soon(3);
			}
		})();
		for (let round = 0; round < ROUNDS; round++)
			await Promise.all(running.flatMap(({ proxy, client }) => Array.from({ length: CLIENTS }, () => client(proxy, chance))));
		busy = false;
		await shaking;
		for (const { proxy } of running) for (const { name } of proxy.toxics()) proxy.removeToxic(name);
		for (const { proxy } of running) {
			t.true(proxy.counters().connections > 0, proxy.name);
			while (proxy.counters().open > 0) await soon();
		}
	});
}
