import { createServer, type Server } from 'node:net';
import { resolveAddress } from '../../../src/proxy/api/go-address.js';
import type { FaultProxy, Proxies, ToxicInfo, ToxicState } from '../../../src/proxy/contract.js';

const type = (name: string, goType: string, kind: 'int64' | 'int', keys: readonly string[]): ToxicInfo => ({
	type: name,
	goType,
	summary: name,
	attributes: Object.fromEntries(keys.map((key) => [key, { kind, default: 0, goField: `${goType}.attributes.${key}` }])),
	objection: ({ rate, average_size }) => {
		if (name === 'bandwidth' && (rate as number) < 0) return 'rate must not be negative';
		return name === 'slicer' && (average_size as number) <= 0 ? 'average_size must be positive' : null;
	},
});

const INFOS = [
	type('latency', 'LatencyToxic', 'int64', ['latency', 'jitter']),
	type('bandwidth', 'BandwidthToxic', 'int64', ['rate']),
	type('slow_close', 'SlowCloseToxic', 'int64', ['delay']),
	type('timeout', 'TimeoutToxic', 'int64', ['timeout']),
	type('reset_peer', 'ResetToxic', 'int64', ['timeout']),
	type('slicer', 'SlicerToxic', 'int', ['average_size', 'size_variation', 'delay']),
	type('limit_data', 'LimitDataToxic', 'int64', ['bytes']),
	type('noop', 'NoopToxic', 'int64', []),
];
export const infos = (name: string): ToxicInfo | undefined => INFOS.find((info) => info.type === name);

class FakeProxy implements FaultProxy {
	readonly name: string;
	listen: string;
	upstream: string;
	#server: Server | null = null;
	#toxics: ToxicState[] = [];
	constructor(name: string, listen: string, upstream: string) {
		this.name = name;
		this.listen = listen;
		this.upstream = upstream;
	}
	get enabled(): boolean {
		return this.#server !== null;
	}
	toxics(): ToxicState[] {
		const upstream = (toxic: ToxicState): boolean => toxic.stream.toLowerCase() === 'upstream';
		return [...this.#toxics.filter(upstream), ...this.#toxics.filter((toxic) => !upstream(toxic))];
	}
	toxic(name: string): ToxicState | undefined {
		return this.#toxics.find((toxic) => toxic.name === name);
	}
	addToxic(toxic: ToxicState): ToxicState {
		this.#toxics.push(toxic);
		return toxic;
	}
	updateToxic(name: string, change: Partial<ToxicState>): ToxicState {
		return Object.assign(this.toxic(name) as ToxicState, change);
	}
	removeToxic(name: string): void {
		this.#toxics = this.#toxics.filter((toxic) => toxic.name !== name);
	}
	async start(): Promise<void> {
		const text = await resolveAddress(this.listen).catch((error: Error) => {
			throw new Error(`listen tcp: ${error.message}`);
		});
		const colon = text.lastIndexOf(':');
		const host = text.slice(0, colon).replace(/[[\]]/g, '') || '127.0.0.1';
		const server = createServer((socket) => socket.destroy());
		await new Promise<void>((resolve, reject) => {
			server.once('error', () => reject(new Error(`listen tcp ${text}: bind: address already in use`)));
			server.listen({ host, port: Number(text.slice(colon + 1)) }, resolve);
		});
		const { address, port } = server.address() as { address: string; port: number };
		this.listen = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
		this.#server = server;
	}
	async stop(): Promise<void> {
		const server = this.#server;
		this.#server = null;
		if (server) await new Promise((resolve) => server.close(resolve));
	}
	async update({
		listen = this.listen,
		upstream = this.upstream,
		enabled = this.enabled,
	}: {
		listen?: string;
		upstream?: string;
		enabled?: boolean;
	}): Promise<void> {
		if ((await resolveAddress(listen)) !== this.listen || upstream !== this.upstream) {
			await this.stop();
			this.listen = listen;
			this.upstream = upstream;
		}
		if (enabled && !this.enabled) await this.start();
		if (!enabled) await this.stop();
	}
	counters(): ReturnType<FaultProxy['counters']> {
		return { received: { upstream: 1_234_567, downstream: 5 }, sent: { upstream: 1_234_567, downstream: 0 }, connections: this.enabled ? 2 : 0, open: 1 };
	}
}

/** Proxies that listen, know their state, and shape nothing: for tests of the API alone. */
export const fakeProxies = (): Proxies => {
	const all = new Map<string, FakeProxy>();
	return {
		list: () => [...all.values()],
		get: (name) => all.get(name),
		create: async ({ name, listen, upstream, enabled }) => {
			const proxy = new FakeProxy(name, listen, upstream);
			if (enabled) await proxy.start();
			all.set(name, proxy);
			return proxy;
		},
		delete: async (name) => {
			await all.get(name)?.stop();
			all.delete(name);
		},
		reset: async () => {
			for (const proxy of all.values()) {
				if (!proxy.enabled) await proxy.start();
				for (const { name } of proxy.toxics()) proxy.removeToxic(name);
			}
		},
		close: async () => {
			for (const proxy of all.values()) await proxy.stop();
		},
	};
};
