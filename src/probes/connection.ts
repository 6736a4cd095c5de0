import { type LookupAddress, lookup } from 'node:dns';
import { isIP, Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { Clock } from '../model/clock.js';
import type { Target } from '../model/target.js';
import type { RawHandles } from '../platform/raw-handles.js';
import { RawSocket } from './raw-socket.js';
import { reasonOf, type Stage } from './reason.js';

/** Who uses a connection. Exactly one of `ended` and `failed` comes at its end, unless it was closed from here. */
export interface ConnectionUser {
	/** It is there: write. */
	opened(): void;
	/** `bytes[0…length)` came; they are overwritten as soon as this returns. */
	bytes(bytes: Uint8Array, length: number): void;
	/** The other side has sent its FIN. */
	ended(): void;
	/** A system's or TLS' error. `stage` of the connection says where. */
	failed(error: NodeJS.ErrnoException): void;
}

export interface Security {
	context: SecureContext;
	servername?: string;
	insecure?: boolean;
	alpn?: string[];
}

/** RFC 8305, section 5: so long a connection attempt may take before the next address is tried beside it. */
const ATTEMPT_DELAY_MS = 250;
const DAY_MS = 86_400_000;

interface Owned extends Socket {
	owner: Connection | null;
	/** What it was told to connect to: asking the kernel again would cost a call. */
	peer: string;
}

/**
 * All plain connections read into this one buffer: callbacks are synchronous, so two never need it at once, and ten
 * thousand idle connections hold no buffer at all.
 */
const SHARED = Buffer.allocUnsafeSlow(65_536);
const onread = {
	buffer: SHARED,
	callback(this: Owned, length: number): boolean {
		this.owner?.received(SHARED, length);
		return true;
	},
};
function onConnect(this: Owned): void {
	this.owner?.reached(this);
}
function onError(this: Owned, error: NodeJS.ErrnoException): void {
	this.owner?.broke(this, error);
}
function onEnd(this: Owned): void {
	this.owner?.finished(this);
}
function onData(this: Owned, chunk: Buffer): void {
	this.owner?.received(chunk, chunk.length);
}
/** What a socket still says once nobody listens must not end the process. */
const ignore = (): void => {};

/**
 * One connection to a target: resolve, connect (all addresses of both families, the next one after a failure or
 * 250 ms), TLS; with the time of each phase. No deadline of its own: close it.
 * ```
 *   dns ──► connect ──► tls ──► answer
 *             ├ ::1        refused ┐
 *             └ 127.0.0.1  ◄───────┘ the first that answers
 * ```
 */
export class Connection {
	stage: Stage = 'dns';
	/** ms; null: not gone through. */
	dnsMs: number | null = null;
	connectMs: number | null = null;
	tlsMs: number | null = null;
	/** The address that answered. */
	address: string | undefined;
	/** What was tried before it in vain: "::1 refused". */
	missed = '';
	certDays: number | undefined;
	alpn = '';
	private socket: Owned | RawSocket | null = null;
	private attempts: (Owned | RawSocket)[] = [];
	private left: LookupAddress[] = [];
	private timer: NodeJS.Timeout | null = null;
	private since: number;
	private closed = false;
	private readonly target: Target;
	private readonly clock: Clock;
	private readonly user: ConnectionUser;
	private readonly security: Security | null;
	/** TLS may begin later (STARTTLS), so reads go through ordinary buffers. */
	private readonly upgradable: boolean;
	/** What plain connections are made of; null: Node's sockets. */
	private readonly raw: RawHandles | null;

	constructor(target: Target, clock: Clock, security: Security | null, user: ConnectionUser, upgradable = false, raw: RawHandles | null = null) {
		this.target = target;
		this.clock = clock;
		this.security = security;
		this.user = user;
		this.upgradable = upgradable;
		this.raw = raw;
		this.since = clock.now();
		const family = target.socketPath === undefined ? isIP(target.host) : 4;
		if (family > 0) {
			this.stage = 'connect';
			this.attempt({ address: target.socketPath ?? target.host, family });
			return;
		}
		lookup(target.host, { all: true, verbatim: true }, (error, found) => {
			if (this.closed) return;
			const now = clock.now();
			this.dnsMs = now - this.since;
			this.since = now;
			if (error) return this.end(error);
			this.stage = 'connect';
			this.left = alternate(found);
			this.next();
		});
	}

	/** What is written now may still go out. */
	get writable(): boolean {
		return this.socket instanceof RawSocket || this.socket?.writable === true;
	}

	/** Bytes that the kernel has not taken. */
	get unsent(): number {
		return this.socket?.writableLength ?? 0;
	}

	/** Small writes go out at once, whatever is not confirmed yet (Nagle's algorithm off). */
	setNoDelay(): void {
		this.socket?.setNoDelay(true);
	}

	write(bytes: Uint8Array): void {
		this.socket?.write(bytes);
	}

	/** Begins TLS on an `upgradable` connection; `opened` is called again. */
	secure(security: Security): void {
		const socket = this.socket as Owned;
		socket.removeListener('data', onData);
		this.handshake(socket, security);
	}

	/** Hands the socket over to a client that reads by itself (an `upgradable` or TLS connection). */
	take(): Socket {
		const socket = this.socket as Owned;
		this.socket = null;
		this.closed = true;
		socket.owner = null;
		socket.removeListener('data', onData).removeListener('end', onEnd).removeListener('error', onError);
		return socket;
	}

	/** Lets go. By RST where asked: no TIME_WAIT stays, and the endpoint sees a reset. */
	close(rst = false): void {
		this.closed = true;
		if (this.timer) clearTimeout(this.timer);
		for (const socket of this.attempts) release(socket);
		this.attempts = [];
		const { socket } = this;
		this.socket = null;
		if (!socket) return;
		if (socket instanceof RawSocket) socket.close(rst);
		else if (rst && !(socket as Socket as TLSSocket).encrypted) {
			socket.owner = null;
			socket.resetAndDestroy();
		} else release(socket);
	}

	private next(): void {
		const address = this.left.shift();
		if (!address) return;
		if (this.left.length > 0) this.timer = setTimeout(() => this.next(), ATTEMPT_DELAY_MS);
		this.attempt(address);
	}

	private attempt({ address, family }: LookupAddress): void {
		const plain = !this.security && !this.upgradable;
		if (plain && this.raw && this.target.socketPath === undefined) {
			this.attempts.push(new RawSocket(this.raw, { address, family, port: this.target.port }, SHARED, this));
			return;
		}
		const socket = new Socket(plain ? ({ onread } as object) : {}) as Owned;
		socket.owner = this;
		socket.peer = address;
		this.attempts.push(socket);
		socket.on('connect', onConnect).on('error', onError).on('end', onEnd);
		if (this.target.socketPath !== undefined) socket.connect({ path: address });
		else socket.connect({ host: address, port: this.target.port, family, autoSelectFamily: false });
	}

	/** @internal */
	reached(socket: Owned | RawSocket): void {
		if (this.timer) clearTimeout(this.timer);
		this.timer = null;
		for (const other of this.attempts) if (other !== socket) release(other);
		this.attempts = [];
		this.left = [];
		this.socket = socket;
		this.address = socket.peer;
		const now = this.clock.now();
		this.connectMs = now - this.since;
		this.since = now;
		if (this.security) {
			this.handshake(socket as Owned, this.security);
			return;
		}
		if (this.upgradable) (socket as Owned).on('data', onData);
		this.stage = 'answer';
		this.user.opened();
	}

	private handshake(raw: Owned, security: Security): void {
		this.stage = 'tls';
		this.since = this.clock.now();
		const name = security.servername ?? (isIP(this.target.host) ? undefined : this.target.host);
		// A chain that is not trusted is looked at all the same: how long it lasts is worth knowing.
		const socket = connectTls({
			socket: raw,
			host: this.target.host,
			secureContext: security.context,
			rejectUnauthorized: false,
			...(name !== undefined && { servername: name }),
			...(security.alpn && { ALPNProtocols: security.alpn }),
		}) as TLSSocket & Owned;
		raw.owner = null;
		raw.removeListener('end', onEnd);
		socket.owner = this;
		this.socket = socket;
		socket.on('error', onError).on('end', onEnd);
		socket.once('secureConnect', () => {
			if (this.closed) return;
			this.tlsMs = this.clock.now() - this.since;
			const ends = Date.parse(socket.getPeerX509Certificate()?.validTo ?? '');
			if (!Number.isNaN(ends)) this.certDays = (ends - Date.now()) / DAY_MS;
			this.alpn = socket.alpnProtocol || '';
			if (!socket.authorized && !security.insecure) {
				const code = String(socket.authorizationError);
				this.broke(socket, Object.assign(new Error(`the certificate is not accepted: ${code}`), { code }));
				return;
			}
			this.stage = 'answer';
			socket.on('data', onData);
			this.user.opened();
		});
	}

	/** @internal */
	received(bytes: Uint8Array, length: number): void {
		this.user.bytes(bytes, length);
	}

	/** @internal */
	broke(socket: Owned | RawSocket, error: NodeJS.ErrnoException): void {
		const at = this.attempts.indexOf(socket);
		if (at < 0) {
			this.end(error);
			return;
		}
		this.attempts.splice(at, 1);
		release(socket);
		this.missed = `${this.missed === '' ? '' : `${this.missed}, `}${socket.peer} ${reasonOf(error, 'connect')}`;
		if (this.timer) clearTimeout(this.timer);
		this.timer = null;
		if (this.left.length > 0) this.next();
		else if (this.attempts.length === 0) this.end(error);
	}

	/** @internal */
	finished(socket: Owned | RawSocket): void {
		if (socket !== this.socket || this.closed) return;
		if (this.stage === 'tls') {
			this.end(Object.assign(new Error('closed during the TLS handshake'), { code: 'ERR_TLS_CLOSED' }));
			return;
		}
		this.close();
		this.user.ended();
	}

	private end(error: NodeJS.ErrnoException): void {
		if (this.closed) return;
		this.close();
		this.user.failed(error);
	}
}

const release = (socket: Owned | RawSocket): void => {
	if (socket instanceof RawSocket) {
		socket.close(false);
		return;
	}
	socket.owner = null;
	socket.removeListener('error', onError);
	socket.on('error', ignore);
	socket.destroy();
};

/** RFC 8305, section 4: the families take turns, beginning with the one that the system puts first. */
const alternate = (found: readonly LookupAddress[]): LookupAddress[] => {
	const first = found.filter((a) => a.family === found[0]?.family);
	const other = found.filter((a) => a.family !== found[0]?.family);
	return Array.from({ length: Math.max(first.length, other.length) }, (_, i) => [first[i], other[i]])
		.flat()
		.filter((a) => a !== undefined);
};
