import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { DueEntry, DueHeap } from './due-heap.js';
import type { Peer } from './peer.js';
import type { Reader } from './sockets.js';

export interface Agreed {
	/** TLSv1.2, TLSv1.3. */
	protocol: string;
	alpn: string | null;
	servername: string | null;
}

/** What a proxy hears of one side's handshake: one of the two, once, or nothing if the connection ends before. */
export interface HandshakeHearer {
	agreed(agreed: Agreed): void;
	failed(error: string): void;
}

export interface TlsPeerParts {
	raw: Socket;
	read: Reader;
	heap: DueHeap;
	timeoutMs: number;
	hearer: HandshakeHearer;
}

/** A close_notify that the kernel does not take is given up after this. */
const FAREWELL_MS = 100;

/** OpenSSL's reason, or Node's sentence, and the code that scripts know. */
export const reasonOf = (error: Error): string => {
	const { reason, code, message } = error as NodeJS.ErrnoException & { reason?: string };
	return code === undefined ? (reason ?? message) : `${reason ?? message} (${code})`;
};

/**
 * One side of a connection that speaks TLS: the proxy sees the bytes inside, the other the raw socket's. FIN is a
 * close_notify and FIN, so is an orderly close; a reset is a RST of the raw socket.
 *
 *      link ──► write ──► [TLSSocket] ──► raw socket ──► client or upstream
 *      link ◄── Reader ◄─ [TLSSocket] ◄── raw socket
 *
 * What is written before the handshake is done waits for it.
 */
export abstract class TlsPeer extends EventEmitter implements Peer {
	protected readonly raw: Socket;
	protected readonly heap: DueHeap;
	protected readonly hearer: HandshakeHearer;
	private readonly read: Reader;
	private readonly timeoutMs: number;
	/** Once its handshake is done. */
	private secure: TLSSocket | null = null;
	private waiting: [bytes: Uint8Array, done: () => void][] = [];
	private waitingLength = 0;
	private leaving: 'no' | 'end' | 'soon' = 'no';
	private flows = false;
	private dead = false;
	/** Nobody waits for the outcome of the handshake any more. */
	private settled = false;
	private closed = false;
	private timer: DueEntry | null = null;

	constructor({ raw, read, heap, timeoutMs, hearer }: TlsPeerParts) {
		super();
		this.raw = raw;
		this.read = read;
		this.heap = heap;
		this.timeoutMs = timeoutMs;
		this.hearer = hearer;
		raw.on('error', (error) => this.broken(error));
		raw.on('close', () => this.gone());
	}

	get destroyed(): boolean {
		return this.dead || this.raw.destroyed;
	}
	get writableLength(): number {
		return this.waitingLength + (this.secure?.writableLength ?? 0);
	}
	get writableEnded(): boolean {
		return this.leaving !== 'no' || this.secure?.writableEnded === true;
	}
	get remoteAddress(): string | undefined {
		return this.raw.remoteAddress;
	}
	get remotePort(): number | undefined {
		return this.raw.remotePort;
	}

	write(view: Uint8Array, done: () => void): void {
		if (this.secure) {
			this.secure.write(view, done);
			return;
		}
		this.waiting.push([Uint8Array.from(view), done]);
		this.waitingLength += view.length;
	}
	end(): void {
		if (this.secure) this.secure.end();
		else this.leaving = 'end';
	}
	resume(): void {
		this.flows = true;
		this.secure?.resume();
	}
	destroySoon(): void {
		if (this.secure) this.secure.destroySoon();
		else if (this.waitingLength > 0) this.leaving = 'soon';
		else this.destroy();
	}

	destroy(): void {
		if (this.dead) return;
		this.dead = true;
		this.settled = true;
		this.heap.cancel(this.timer);
		const { secure, raw } = this;
		if (!secure || secure.destroyed || secure.writableLength > 0) {
			raw.destroy();
			return;
		}
		// Without a close_notify the other would take the end for a truncation.
		this.timer = this.heap.add(this.heap.now() + FAREWELL_MS, { wake: () => raw.destroy() });
		secure.destroySoon();
	}
	resetAndDestroy(): void {
		if (this.raw.destroyed) return;
		this.dead = true;
		this.settled = true;
		this.raw.resetAndDestroy();
	}

	/** From now on the handshake has so much time. */
	protected limit(what: string): void {
		this.heap.cancel(this.timer);
		this.timer = this.heap.add(this.heap.now() + this.timeoutMs, {
			wake: () => this.fail(Object.assign(new Error(`no ${what} within ${this.timeoutMs} ms`), { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' })),
		});
	}
	protected unlimit(): void {
		this.heap.cancel(this.timer);
		this.timer = null;
	}

	/** The handshake is done. */
	protected secured(layer: TLSSocket): Agreed {
		this.unlimit();
		this.settled = true;
		this.secure = layer;
		layer.on('data', (view) => {
			if (!this.dead && !this.read(view)) layer.pause();
		});
		if (this.flows) layer.resume();
		else layer.pause();
		layer.on('end', () => {
			if (!this.dead) this.emit('end');
		});
		layer.on('error', (error) => this.broken(error));
		const agreed = { protocol: layer.getProtocol() ?? '', alpn: layer.alpnProtocol || null, servername: (layer as { servername?: string }).servername || null };
		this.hearer.agreed(agreed);
		for (const [bytes, done] of this.waiting) layer.write(bytes, done);
		this.waiting = [];
		this.waitingLength = 0;
		if (this.leaving === 'end') layer.end();
		else if (this.leaving === 'soon') layer.destroySoon();
		return agreed;
	}

	/** The handshake will not be done. The raw socket may have closed before the reason was known. */
	protected fail(error: Error): void {
		if (this.settled) return;
		this.settled = true;
		this.hearer.failed(reasonOf(error));
		this.broken(error);
		this.dead = true;
		this.raw.destroy();
	}

	private broken(error: NodeJS.ErrnoException): void {
		if (!this.dead && this.listenerCount('error') > 0) this.emit('error', error);
	}
	private gone(): void {
		if (this.closed) return;
		this.closed = true;
		this.dead = true;
		this.unlimit();
		this.emit('close');
	}
}
