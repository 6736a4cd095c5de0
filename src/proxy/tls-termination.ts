import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { readClientHello } from '../wire/tls-hello.js';
import type { Accepted } from './sockets.js';
import { TlsPeer, type TlsPeerParts } from './tls-peer.js';
import type { LoadedTermination } from './tls-settings.js';

interface Handshake {
	done(layer: TLSSocket): void;
	failed(error: Error): void;
}

/** Upstreams choose the protocols, so there are few; beyond this they are made anew. */
const SERVERS = 16;

/** The server's end of TLS, for the connections of one proxy. It listens nowhere: raw sockets are handed to it. */
export class Termination {
	private readonly loaded: LoadedTermination;
	/** One per protocol that was agreed on with the upstream: Node fixes ALPN per server. */
	private readonly servers = new Map<string, Server>();
	private readonly ticketKeys = randomBytes(48);
	private readonly handshakes = new WeakMap<Socket, Handshake>();

	constructor(loaded: LoadedTermination) {
		this.loaded = loaded;
	}

	/** `raw` is paused; what was read of it has been put back. */
	handshake(raw: Socket, alpn: readonly string[], hearer: Handshake): void {
		this.handshakes.set(raw, hearer);
		this.serverFor(alpn).emit('connection', raw);
	}

	private serverFor(alpn: readonly string[]): Server {
		const key = alpn.join('\0');
		const there = this.servers.get(key);
		if (there) return there;
		const { cert, key: secret, ca } = this.loaded;
		const server = createServer({
			cert,
			key: secret,
			...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }),
			...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
			pauseOnConnect: true,
			// The peer has its own limit, which begins with the connection.
			handshakeTimeout: 2 ** 31 - 1,
			ticketKeys: this.ticketKeys,
		});
		const of = (layer: TLSSocket): Handshake | undefined => this.handshakes.get((layer as unknown as { _parent: Socket })._parent);
		server.on('secureConnection', (layer) => of(layer)?.done(layer));
		server.on('tlsClientError', (error, layer) => {
			layer.on('error', () => {});
			const { authorizationError } = layer as { authorizationError?: unknown };
			// An untrusted certificate is refused without a word of OpenSSL.
			of(layer)?.failed(authorizationError ? Object.assign(new Error("the client's certificate was refused"), { code: String(authorizationError) }) : error);
		});
		if (this.servers.size >= SERVERS) this.servers.clear();
		this.servers.set(key, server);
		return server;
	}
}

/** A client that speaks TLS. Its handshake begins when it is first resumed: there is an upstream then, and a protocol. */
export class TerminatedPeer extends TlsPeer {
	/** What may be answered to the client's ALPN. */
	alpn: readonly string[];
	private readonly termination: Termination;
	private heard: Buffer[] = [];
	private wanted: ((alpn: readonly string[]) => void) | null = null;
	private begun = false;
	/** What the handshake has agreed on. */
	private agreed: readonly string[] = [];

	constructor(parts: TlsPeerParts, termination: Termination, alpn: readonly string[]) {
		super(parts);
		this.termination = termination;
		this.alpn = alpn;
		this.raw.on('end', () => {
			if (this.wanted) this.fail(new Error('it closed before its ClientHello'));
		});
	}

	/**
	 * Which protocols the upstream may choose from: what the client offers, read and left to the handshake (something else
	 * than TLS offers nothing). Once the handshake has begun, only what was agreed on.
	 */
	offered(wanted: (alpn: readonly string[]) => void): void {
		if (this.begun) {
			wanted(this.agreed);
			return;
		}
		this.limit('ClientHello');
		this.wanted = wanted;
		this.raw.resume();
	}

	/** What the raw socket reads before TLS takes it over. */
	peek(view: Uint8Array): boolean {
		const { wanted } = this;
		this.heard.push(Buffer.from(view));
		if (!wanted) return false;
		const hello = readClientHello(this.heard.length === 1 ? view : Buffer.concat(this.heard));
		if (hello === 'more') return true;
		this.wanted = null;
		this.unlimit();
		this.raw.pause();
		wanted(hello?.alpn ?? []);
		return false;
	}

	override resume(): void {
		super.resume();
		if (this.begun || this.destroyed) return;
		this.begun = true;
		this.limit('TLS handshake');
		const { raw, wanted } = this;
		this.wanted = null;
		wanted?.([]);
		raw.pause();
		if (this.heard.length > 0) raw.unshift(Buffer.concat(this.heard));
		this.heard = [];
		// The layer inherits it: a client that ends within its handshake is gone.
		raw.allowHalfOpen = false;
		this.termination.handshake(raw, this.alpn, {
			done: (layer) => {
				if (this.destroyed) layer.destroy();
				else {
					layer.allowHalfOpen = true;
					this.agreed = layer.alpnProtocol ? [layer.alpnProtocol] : [];
					this.secured(layer);
				}
			},
			failed: (error) => this.fail(error),
		});
	}
}

export const terminate = (accepted: Accepted, termination: Termination, alpn: readonly string[], parts: Omit<TlsPeerParts, 'raw'>): TerminatedPeer => {
	const raw = accepted((view) => peer.peek(view), 'socket') as Socket;
	const peer: TerminatedPeer = new TerminatedPeer({ ...parts, raw }, termination, alpn);
	return peer;
};
