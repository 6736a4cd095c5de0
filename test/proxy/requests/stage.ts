import type { ExecutionContext } from 'ava';
import type { FaultProxy, Proxies, ProxyEvent, ToxicState } from '../../../src/proxy/contract.js';
import { createProxies } from '../../../src/proxy/proxies.js';
import { RawClient, soon } from '../stage.js';

export interface Running {
	proxies: Proxies;
	proxy: FaultProxy;
	port: number;
	url: string;
	events: ProxyEvent[];
	client(): RawClient;
	/** Adds a toxic; returns its name. */
	set(type: string, attributes?: Record<string, number | boolean | string>, more?: Partial<ToxicState>): string;
	/** "toxic action", in order. */
	hits(): string[];
}

let names = 0;

/** A fault proxy in this process before a server on `upstreamPort`. */
export const proxyBefore = async (t: ExecutionContext, upstreamPort: number, seed = 1): Promise<Running> => {
	const proxies = createProxies({ seed });
	t.teardown(() => proxies.close());
	const events: ProxyEvent[] = [];
	proxies.subscribe((event) => events.push(event));
	const proxy = await proxies.create({ name: 'p', listen: '', upstream: `127.0.0.1:${upstreamPort}`, enabled: true });
	const port = Number(proxy.listen.split(':').at(-1));
	return {
		proxies,
		proxy,
		port,
		url: `http://127.0.0.1:${port}`,
		events,
		client: () => new RawClient(t, port),
		set: (type, attributes = {}, more = {}) =>
			proxy.addToxic({ name: `${type}_${names++}`, type, stream: 'downstream', toxicity: 1, attributes, ...more }).name,
		hits: () => events.flatMap((e) => (e.kind === 'request-hit' ? [`${e.method} ${e.path} ${e.action}`] : [])),
	};
};

export const until = async (seen: () => boolean): Promise<void> => {
	while (!seen()) await soon(2);
};
