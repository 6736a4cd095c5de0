import type { ProxyOptions } from './contract.js';
import type { DueHeap } from './due-heap.js';
import type { Address } from './listen-address.js';
import type { Peer } from './peer.js';
import { type Accepted, dial, type Reader } from './sockets.js';
import { OriginatedPeer } from './tls-origination.js';
import type { HandshakeHearer } from './tls-peer.js';
import { type LoadedOrigination, loadOrigination, loadTermination } from './tls-settings.js';
import { TerminatedPeer, Termination, terminate } from './tls-termination.js';

type Side = 'client' | 'upstream';

/** What requests are met in: agreed on with a client whose upstream is not there to choose. */
const MET: readonly string[] = ['h2', 'http/1.1'];

/**
 * Which sides of a proxy's connections speak TLS, and how they agree on a protocol (ALPN). With TLS on both sides the
 * client's ClientHello is read first, the upstream is offered what the client offers, and the client gets what the
 * upstream chose:
 *
 *      client ──ClientHello(h2, http/1.1)──► proxy ──ClientHello(h2, http/1.1)──► upstream
 *      client ◄──────────── h2 ───────────── proxy ◄──────────── h2 ───────────── upstream
 */
export class TlsSides {
	private readonly heap: DueHeap;
	private readonly timeoutMs: number;
	private readonly alpn: readonly string[];
	private readonly termination: Termination | null;
	private readonly origination: LoadedOrigination | null;
	private readonly hearer: (conn: number, side: Side) => HandshakeHearer;

	/** Throws {@link TlsError}. */
	constructor({ tls, upstreamTls, alpn, handshakeTimeout }: ProxyOptions, heap: DueHeap, hearer: (conn: number, side: Side) => HandshakeHearer) {
		this.heap = heap;
		this.timeoutMs = handshakeTimeout;
		this.alpn = alpn;
		this.termination = tls && new Termination(loadTermination(tls));
		this.origination = upstreamTls && loadOrigination(upstreamTls);
		this.hearer = hearer;
	}

	/** Nothing can be agreed on with a client before its upstream has chosen. */
	get agreesFirst(): boolean {
		return this.termination !== null && this.origination !== null;
	}

	accepted(accepted: Accepted, conn: number): Accepted {
		const { termination } = this;
		if (!termination) return accepted;
		const alpn = this.agreesFirst && this.alpn.length === 0 ? MET : this.alpn;
		return (read) => terminate(accepted, termination, alpn, this.parts(read, conn, 'client'));
	}

	dial(to: Address, read: Reader, client: Peer, conn: number): Peer {
		if (!this.origination) return dial(to, read);
		const terminated = client instanceof TerminatedPeer ? client : null;
		return new OriginatedPeer(this.parts(read, conn, 'upstream'), to, this.origination, {
			offer: (then) => {
				if (terminated) terminated.offered((alpn) => then(this.alpn.length > 0 ? alpn.filter((name) => this.alpn.includes(name)) : alpn));
				else then(this.alpn);
			},
			chosen: (alpn) => {
				if (terminated) terminated.alpn = alpn === null ? [] : [alpn];
			},
		});
	}

	private parts(read: Reader, conn: number, side: Side) {
		return { read, heap: this.heap, timeoutMs: this.timeoutMs, hearer: this.hearer(conn, side) };
	}
}

/** Null: no side does. Throws {@link TlsError}. */
export const tlsSides = (options: ProxyOptions, heap: DueHeap, hearer: (conn: number, side: Side) => HandshakeHearer): TlsSides | null =>
	options.tls || options.upstreamTls ? new TlsSides(options, heap, hearer) : null;
