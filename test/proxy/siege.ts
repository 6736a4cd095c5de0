import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { ask } from './api/ask.js';
import { soon } from './stage.js';

/** Starts a script of this folder, and waits for the first line that it says. */
const started = async (t: ExecutionContext, script: string): Promise<string> => {
	const child: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
	t.teardown(() => child.kill('SIGKILL'));
	const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
	return line;
};

/** The port of a listener at which SYNs are dropped. */
export const deafPort = async (t: ExecutionContext): Promise<number> => {
	const port = Number(await started(t, 'deaf-listener.js'));
	for (let connected = true; connected; ) {
		const socket = connect(port, '127.0.0.1').on('error', () => {});
		t.teardown(() => socket.destroy());
		connected = await Promise.race([once(socket, 'connect').then(() => true), soon(500).then(() => false)]);
	}
	return port;
};

const PIECE = Buffer.alloc(262_144);

export interface Siege {
	/** Of every call, with what it was. */
	calls: { what: string; ms: number; status: number }[];
	/** Connections that came and went meanwhile. */
	churned: number;
}

/**
 * An API in a process of its own, asked everything again and again, while at its proxies clients stand still and do not
 * read, upstreams do not answer the connect, and connections come and go.
 */
export const besieged = async (t: ExecutionContext, rounds: number): Promise<Siege> => {
	const sockets = new Set<Socket>();
	const kept = (socket: Socket): Socket => {
		sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
		return socket;
	};
	const upstream = async (serve: (socket: Socket) => void): Promise<string> => {
		const server = createServer({ noDelay: true }, (socket) => serve(kept(socket))).listen(0, '127.0.0.1');
		t.teardown(() => server.close());
		await once(server, 'listening');
		return `127.0.0.1:${(server.address() as AddressInfo).port}`;
	};
	let over = false;
	t.teardown(() => {
		over = true;
		for (const socket of sockets) socket.destroy();
	});
	const upstreams = {
		pouring: await upstream((socket) => {
			// Not on 'drain': that would keep this event loop, which measures, from turning.
			const pouring = setInterval(() => {
				if (socket.writableLength < 65_536) socket.write(PIECE);
			}, 20);
			socket.on('close', () => clearInterval(pouring));
		}),
		deaf: `127.0.0.1:${await deafPort(t)}`,
		echo: await upstream((socket) => socket.pipe(socket)),
	};
	const url = await started(t, 'api/serving.js');
	const calls: Siege['calls'] = [];
	const call = async (method: string, path: string, body?: object): Promise<string> => {
		const began = performance.now();
		const reply = await ask(url, { method, path, ...(body && { body: JSON.stringify(body) }) });
		calls.push({ what: `${method} ${path}`, ms: performance.now() - began, status: reply.status });
		return reply.body;
	};
	const ports: Record<string, number> = {};
	for (const [name, at] of Object.entries(upstreams)) {
		const { listen } = JSON.parse(await call('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream: at }));
		ports[name] = Number(listen.split(':').at(-1));
	}

	let churned = 0;
	const come = async (name: string, everyMs: number): Promise<void> => {
		while (!over) {
			const socket = kept(connect(ports[name] as number, '127.0.0.1'));
			socket.write('x');
			if (name === 'pouring') socket.pause();
			else setTimeout(() => socket.destroy(), name === 'echo' ? 10 : 3000).unref();
			churned++;
			await soon(everyMs);
			while (sockets.size > 300 && !over) await soon(10);
		}
	};
	for (let i = 0; i < 10; i++) kept(connect(ports.pouring as number, '127.0.0.1')).pause();
	const coming = [come('pouring', 500), come('deaf', 30), come('echo', 8), come('echo', 8)];
	await soon(300);

	for (let i = 0; i < rounds; i++) {
		for (const name of Object.keys(upstreams)) {
			const at = `/proxies/${name}`;
			await call('GET', '/proxies');
			await call('POST', `${at}/toxics`, { name: 'a', type: 'latency', attributes: { latency: 60_000 } });
			await call('POST', `${at}/toxics`, { name: 'b', type: 'reset_peer', stream: 'upstream', attributes: { timeout: 60_000 } });
			await call('POST', `${at}/toxics`, { name: 'c', type: 'bandwidth', attributes: { rate: 0 } });
			await call('PATCH', `${at}/toxics/a`, { attributes: { latency: 1 }, toxicity: 0.5 });
			await call('DELETE', `${at}/toxics/b`);
			await call('GET', `${at}/toxics`);
			await call('GET', '/metrics');
			if (i % 3 === 2) {
				await call('POST', at, { enabled: false });
				await call('PATCH', at, { enabled: true });
			}
			if (i % 5 === 4) await call('POST', '/populate', [{ name: `p${i}`, listen: '127.0.0.1:0', upstream: upstreams.deaf }]);
			if (i % 5 === 4) await call('DELETE', `/proxies/p${i}`);
		}
		await call('POST', '/reset');
	}
	over = true;
	for (const socket of sockets) socket.destroy();
	await Promise.all(coming);
	return { calls, churned };
};
