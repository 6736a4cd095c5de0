import { rng } from '../model/rng.js';
import type { FaultProxy, Proxies, ProxyEvent } from './contract.js';
import { DueHeap } from './due-heap.js';
import { RunningProxy } from './fault-proxy.js';
import { listenError } from './listen-address.js';
import { isUdp, transportObjection } from './udp/address.js';
import { UdpProxy } from './udp/udp-proxy.js';

export interface ProxiesOptions {
	/** The same seed gives the same decisions: keyed by proxy, connection, direction and toxic, never by order of callbacks. */
	seed: number;
	/** Hears that a proxy or one of its toxics has come, gone or changed. */
	changed?(): void;
	/** Connections straight on the handles below Node's sockets, where this Node has them: twice as many per second. False: never. */
	rawHandles?: boolean;
}

/** A proxy as its owner sees it, whatever it passes on. */
interface OwnProxy extends FaultProxy {
	/** Starts it if it does not run. */
	enable(): Promise<void>;
	/** Closes the listener and every connection before it returns. */
	close(): Promise<void>;
}

/** All proxies of one process: one queue of due times, one seed. */
export const createProxies = ({ seed, rawHandles = true, changed = () => {} }: ProxiesOptions): Proxies => {
	const zero = performance.now();
	const heap = new DueHeap({ now: () => performance.now() - zero });
	const chance = rng(seed);
	const proxies = new Map<string, OwnProxy>();
	const hearers = new Set<(event: ProxyEvent) => void>();
	const tell = (event: ProxyEvent): void => {
		for (const hear of hearers) hear(event);
	};
	const hearer = (): typeof tell | null => (hearers.size > 0 ? tell : null);
	return {
		subscribe: (hear) => {
			hearers.add(hear);
			return () => {
				hearers.delete(hear);
			};
		},
		list: () => [...proxies.values()],
		get: (name) => proxies.get(name),
		create: async ({ name, listen, upstream, enabled }) => {
			const objection = transportObjection(listen, upstream);
			if (objection) throw listenError(objection);
			const parts = { name, listen, upstream, heap, chance: chance.fork(`proxy:${name}`), rawHandles, hearer, changed };
			const proxy = isUdp(upstream) ? new UdpProxy(parts) : new RunningProxy(parts);
			if (enabled) await proxy.enable();
			if (proxies.has(name)) {
				await proxy.close();
				throw listenError(`proxy ${name} was created meanwhile`);
			}
			proxies.set(name, proxy);
			changed();
			return proxy;
		},
		delete: async (name) => {
			const proxy = proxies.get(name);
			proxies.delete(name);
			changed();
			await proxy?.close();
		},
		reset: async () => {
			for (const proxy of [...proxies.values()]) {
				await proxy.enable();
				for (const { name } of proxy.toxics()) proxy.removeToxic(name);
			}
		},
		close: async () => {
			const all = [...proxies.values()];
			proxies.clear();
			await Promise.all(all.map((proxy) => proxy.close()));
		},
	};
};
