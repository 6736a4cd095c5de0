import type { ListenError } from '../contract.js';
import { type Address, addressText, listenError, parseUpstream, REASONS, resolveListen } from '../listen-address.js';

const SCHEME = 'udp://';

/** How an address of datagrams is written: `udp://127.0.0.1:5353`. */
export const isUdp = (address: string): boolean => address.startsWith(SCHEME);

export const udpText = (address: Address): string => SCHEME + addressText(address);

/** `udp://:5353` is all addresses, as for connections; nothing at all a random port on loopback. Rejects with {@link ListenError}. */
export const resolveUdpListen = async (listen: string): Promise<Address> => {
	const at = await resolveListen(isUdp(listen) ? listen.slice(SCHEME.length) : listen);
	if (at.path !== undefined) throw listenError(`address ${listen}: datagrams have no unix sockets here`);
	return at;
};

/** Null: it makes no sense. */
export const udpUpstream = (upstream: string): Address | null => {
	try {
		const to = parseUpstream(upstream.slice(SCHEME.length));
		return to.port === 0 ? null : to;
	} catch {
		return null;
	}
};

/** The error of a bind, in the words that Go has for it. */
export const udpBindError = (at: Address, error: NodeJS.ErrnoException): ListenError => {
	const port = at.host === '::' ? `:${at.port}` : addressText(at);
	return listenError(`listen udp ${port}: bind: ${REASONS[error.code ?? ''] ?? error.message}`);
};

/** A sentence if these two do not belong together, else null. `before`: the upstream of the proxy that is to be changed. */
export const transportObjection = (listen: string, upstream: string, before?: string): string | null => {
	if (isUdp(listen) && !isUdp(upstream)) return `listen is ${listen}, so upstream must be udp://, too, and not ${upstream}`;
	if (isUdp(upstream) && !isUdp(listen) && listen !== '') return `upstream is ${upstream}, so listen must be udp://, too, or empty, and not ${listen}`;
	if (isUdp(listen) && listen === upstream) return `upstream must not be listen itself: ${listen}`;
	if (before !== undefined && isUdp(before) !== isUdp(upstream))
		return `a proxy of ${isUdp(before) ? 'datagrams' : 'connections'} cannot become one of ${isUdp(upstream) ? 'datagrams' : 'connections'}: delete it and create another`;
	return null;
};
