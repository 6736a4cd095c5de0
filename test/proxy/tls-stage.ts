import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { ExecutionContext } from 'ava';
import type { FaultProxy, Proxies, ProxyEvent, ProxyOptions } from '../../src/proxy/contract.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { selfSigned } from '../../src/proxy/tls-certificate.js';
import { soon } from './stage.js';

const DEADLINE_MS = 20_000;

/** What a program says (both streams) when it hears `input`; null where there is no such program. */
export const program = async (t: ExecutionContext, name: string, args: readonly string[], input = ''): Promise<string | null> => {
	const child = spawn(name, args, { timeout: DEADLINE_MS });
	let said = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk) => {
			said += chunk;
		});
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	try {
		await once(child, 'close');
		return said;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
		t.log(`${name} is not installed: skipped`);
		return null;
	}
};
export const openssl = (t: ExecutionContext, args: readonly string[], input = ''): Promise<string | null> => program(t, 'openssl', args, input);

/** Made once: they cost a moment. */
export const good: { cert: string; key: string } = selfSigned();
export const expired: { cert: string; key: string } = selfSigned([], Date.now() - 3 * 365 * 86_400_000);
export const stranger: { cert: string; key: string } = selfSigned();

/** A TLS server; its sockets are destroyed at the end. */
export const tlsServer = async (t: ExecutionContext, options: TlsOptions, onSocket: (socket: TLSSocket) => void): Promise<number> => {
	const server: Server = createServer({ ...good, allowHalfOpen: true, ...options }, (socket) => {
		t.teardown(() => socket.destroy());
		socket.on('error', () => {});
		onSocket(socket);
	});
	server.on('tlsClientError', () => {});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	return (server.address() as AddressInfo).port;
};

export interface Proxied {
	proxies: Proxies;
	proxy: FaultProxy;
	port: number;
	events: ProxyEvent[];
	/** Waits for an event of this kind. */
	event<K extends ProxyEvent['kind']>(kind: K): Promise<Extract<ProxyEvent, { kind: K }>>;
}

export const proxied = async (t: ExecutionContext, upstream: number | string, options: Partial<ProxyOptions>): Promise<Proxied> => {
	const proxies = createProxies({ seed: 1 });
	t.teardown(() => proxies.close());
	const events: ProxyEvent[] = [];
	proxies.subscribe((event) => events.push(event));
	const proxy = await proxies.create({ name: 'p', listen: '', upstream: typeof upstream === 'number' ? `127.0.0.1:${upstream}` : upstream, enabled: true });
	proxy.setOptions(options);
	const event = async <K extends ProxyEvent['kind']>(kind: K): Promise<Extract<ProxyEvent, { kind: K }>> => {
		for (;;) {
			const found = events.find((e) => e.kind === kind);
			if (found) return found as Extract<ProxyEvent, { kind: K }>;
			await soon(2);
		}
	};
	return { proxies, proxy, port: Number(proxy.listen.split(':').at(-1)), events, event };
};
