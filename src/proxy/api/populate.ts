import type { FaultProxy, Proxies } from '../contract.js';
import { addressText, resolveListen } from '../listen-address.js';
import { isUdp, resolveUdpListen, udpText } from '../udp/address.js';
import type { Entry } from './inputs.js';
import type { Turns } from './turns.js';

/** As a proxy would show it. */
const listenText = async ({ listen, upstream }: Entry): Promise<string> =>
	isUdp(upstream) ? udpText(await resolveUdpListen(listen)) : addressText(await resolveListen(listen));

const differs = async (proxy: FaultProxy, entry: Entry): Promise<boolean> => proxy.listen !== (await listenText(entry)) || proxy.upstream !== entry.upstream;

/** With the toxics and options that its entry names, before the first connection can come. */
export const make = async (proxies: Proxies, { toxics, options, ...spec }: Entry): Promise<FaultProxy> => {
	// Certificates cost milliseconds each: the others are answered between them. Not after the create, when clients may come.
	if (options.tls || options.upstreamTls) await new Promise(setImmediate);
	const proxy = await proxies.create(spec);
	proxy.setOptions(options);
	for (const toxic of toxics) proxy.addToxic(toxic);
	return proxy;
};

const place = async (proxies: Proxies, entry: Entry): Promise<FaultProxy> => {
	const there = proxies.get(entry.name);
	if (!there) return make(proxies, entry);
	if (!(await differs(there, entry))) return there;
	await there.update({ enabled: false });
	const { name, listen, upstream, options } = there;
	const before: Entry = { name, listen, upstream, options, enabled: false, toxics: there.toxics() };
	await proxies.delete(entry.name);
	try {
		return await make(proxies, entry);
	} catch (error) {
		// As in Toxiproxy, what could not be replaced stays, stopped.
		await make(proxies, before);
		throw error;
	}
};

/**
 * Entry by entry: an equal proxy is left untouched, a different one is replaced, without its toxics; the first failure
 * ends it. Never deletes.
 */
export const populate = async (proxies: Proxies, turns: Turns, entries: readonly Entry[]): Promise<{ done: FaultProxy[]; error: unknown }> => {
	const done: FaultProxy[] = [];
	for (const entry of entries) {
		try {
			done.push(await turns.take([entry.name], () => place(proxies, entry)));
		} catch (error) {
			return { done, error };
		}
	}
	return { done, error: null };
};
