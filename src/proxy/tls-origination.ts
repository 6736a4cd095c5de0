import { connect, isIP, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import type { Address } from './listen-address.js';
import { TlsPeer, type TlsPeerParts } from './tls-peer.js';
import type { LoadedOrigination } from './tls-settings.js';
import { asUnix } from './unix-socket.js';

const dialled = ({ host, port, path }: Address): Socket =>
	path !== undefined
		? asUnix(connect({ path, allowHalfOpen: true }))
		: connect({ host, port, noDelay: true, allowHalfOpen: true, autoSelectFamily: isIP(host) === 0 });

export interface Offer {
	/** Which protocols are offered by ALPN: asked once the upstream is connected, answered when it is known. */
	offer(then: (alpn: readonly string[]) => void): void;
	/** What the upstream chose. */
	chosen(alpn: string | null): void;
}

/** An upstream that is spoken to in TLS: `connect` is when its handshake is done and its certificate has been found good. */
export class OriginatedPeer extends TlsPeer {
	constructor(parts: Omit<TlsPeerParts, 'raw'>, to: Address, loaded: LoadedOrigination, { offer, chosen }: Offer) {
		const raw = dialled(to);
		super({ ...parts, raw });
		this.resume();
		raw.once('connect', () => offer((alpn) => this.begin(to, loaded, alpn, chosen)));
	}

	private begin(to: Address, { context, servername, insecure }: LoadedOrigination, alpn: readonly string[], chosen: Offer['chosen']): void {
		if (this.destroyed) return;
		this.limit('TLS handshake');
		const host = servername ?? (to.host || 'localhost');
		const layer = secure({
			socket: this.raw,
			host,
			// An address is no name to ask for, but what the certificate must say.
			...(isIP(host) === 0 && { servername: host }),
			secureContext: context,
			rejectUnauthorized: !insecure,
			...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
		});
		const failed = (error: Error): void => this.fail(error);
		layer.once('error', failed);
		layer.once('secureConnect', () => {
			layer.off('error', failed);
			if (this.destroyed) {
				layer.destroy();
				return;
			}
			chosen(layer.alpnProtocol || null);
			this.secured(layer);
			this.emit('connect');
		});
	}
}
