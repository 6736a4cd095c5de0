import { connect, type Socket } from 'node:net';
import type { Cancel, Clock } from '../model/clock.js';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import {
	authRequest,
	type CreateOptions,
	closeRequest,
	connectRequest,
	createRequest,
	cutPacket,
	deleteRequest,
	NO_SESSION,
	pingRequest,
	readChildren,
	readConnected,
	readCreated,
	readData,
	readMessage,
	readRequest,
	setDataRequest,
	ZOOKEEPER_ERRORS,
	type ZookeeperIdentity,
} from '../wire/zookeeper.js';
import { connectionWords } from './registry-http.js';

/** An answer that says no (`NO_NODE` …), or `CONNECTION_LOSS`: nobody knows whether it was done. */
export class ZookeeperError extends Error {
	readonly code: string;
	constructor(code: string, path: string) {
		super(`${code} at ${path}`);
		this.name = 'ZookeeperError';
		this.code = code;
	}
}

export interface ZookeeperOptions {
	/** Asked in turn, beginning with the first. */
	hosts: readonly Pick<Endpoint, 'host' | 'port'>[];
	/** Asked for; the server grants what lies within its own limits. */
	timeoutMs: number;
	clock: Clock;
	/** user:password of the digest scheme. */
	digest?: string;
}

export interface ZookeeperListener {
	/** A server answers. `fresh`: by a new session, so that ephemeral nodes of the one before are gone. No watch is armed: read again. */
	connected(fresh: boolean): void;
	/** No server answers at present; the session may well live on. */
	disconnected(why: string): void;
	/** The server has forgotten the session, and with it what was ephemeral; a new one follows by itself. */
	expired(): void;
	/** A watch at this path has fired, and is gone. */
	changed(path: string): void;
}

interface Waiting {
	path: string;
	resolve(content: Uint8Array): void;
	reject(error: Error): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const CONNECT_MS = 3000;

/**
 * One ZooKeeper session over as many connections as it takes:
 *
 *   connect ─► connected ── silence of 2/3 of the timeout, or an end ─► disconnected ─► connect to the next host, same session
 *                 ▲                                                                          │
 *                 └──────────────── new session ◄── expired ◄── the server knows it no more ─┘
 */
export class ZookeeperSession {
	private readonly options: ZookeeperOptions;
	private readonly listener: ZookeeperListener;
	private identity: ZookeeperIdentity = NO_SESSION;
	private timeoutMs: number;
	private lastZxid = 0n;
	private host = -1;
	private pause = FIRST_PAUSE_MS;
	private socket: Socket | null = null;
	private isConnected = false;
	private told = false;
	private fresh = true;
	private closed = false;
	private xid = 0;
	private rest: Uint8Array = new Uint8Array(0);
	private readonly waiting = new Map<number, Waiting>();
	private heardMs = 0;
	private sentMs = 0;
	private beat: Cancel = () => {};
	private again: Cancel = () => {};

	constructor(options: ZookeeperOptions, listener: ZookeeperListener) {
		this.options = options;
		this.listener = listener;
		this.timeoutMs = options.timeoutMs;
		this.connect();
	}

	/** Has any server ever greeted it? */
	get everConnected(): boolean {
		return this.identity.id !== 0n;
	}

	/** What the server has granted. */
	get grantedMs(): number {
		return this.timeoutMs;
	}

	async children(path: string, watch: boolean): Promise<string[]> {
		return readChildren(await this.ask(path, (xid) => readRequest(xid, 'getChildren', path, watch)));
	}
	async data(path: string, watch: boolean): Promise<string> {
		return new TextDecoder().decode(readData(await this.ask(path, (xid) => readRequest(xid, 'getData', path, watch))));
	}
	/** With `watch`, its creation is heard of as well. */
	async exists(path: string, watch: boolean): Promise<boolean> {
		return this.ask(path, (xid) => readRequest(xid, 'exists', path, watch)).then(
			() => true,
			(error) => {
				if ((error as ZookeeperError).code === 'NO_NODE') return false;
				throw error;
			},
		);
	}
	/** Gives the path, which a sequential one learns only now. */
	async create(path: string, data: string, options: CreateOptions = {}): Promise<string> {
		const owned = this.options.digest !== undefined && options.owned !== false;
		return readCreated(await this.ask(path, (xid) => createRequest(xid, path, new TextEncoder().encode(data), { ...options, owned })));
	}
	async delete(path: string): Promise<void> {
		await this.ask(path, (xid) => deleteRequest(xid, path));
	}
	async setData(path: string, data: string): Promise<void> {
		await this.ask(path, (xid) => setDataRequest(xid, path, new TextEncoder().encode(data)));
	}

	/** Ends the session at the server too, if it answers, so that what is ephemeral goes at once. Idempotent. */
	async close(): Promise<void> {
		if (this.closed) return;
		this.closed = true;
		const { socket } = this;
		if (socket && this.isConnected) {
			const ended = new Promise<void>((resolve) => {
				socket.once('close', () => resolve());
				setTimeout(resolve, 1000).unref();
			});
			this.send(closeRequest(++this.xid));
			await ended;
		}
		this.drop();
	}

	private ask(path: string, packet: (xid: number) => Uint8Array): Promise<Uint8Array> {
		if (!this.isConnected || this.closed) return Promise.reject(new ZookeeperError('CONNECTION_LOSS', path));
		this.xid = this.xid >= 0x7fff_ffff ? 1 : this.xid + 1;
		const { xid } = this;
		return new Promise((resolve, reject) => {
			this.waiting.set(xid, { path, resolve, reject });
			this.send(packet(xid));
		});
	}

	private send(packet: Uint8Array): void {
		this.sentMs = this.options.clock.now();
		this.socket?.write(packet);
	}

	private connect(): void {
		const { hosts, clock } = this.options;
		this.host = (this.host + 1) % hosts.length;
		const to = hosts[this.host] as Pick<Endpoint, 'host' | 'port'>;
		const socket = connect({ host: to.host, port: to.port, noDelay: true });
		this.socket = socket;
		this.rest = new Uint8Array(0);
		const mine = (): boolean => this.socket === socket;
		const lost = (why: string): void => {
			if (mine()) this.lost(`${hostPort(to)}: ${why}`);
		};
		this.beat = clock.at(clock.now() + Math.min(CONNECT_MS, this.timeoutMs), () => lost('no answer to the connect'));
		socket.on('connect', () => mine() && this.send(connectRequest(this.identity, this.options.timeoutMs, this.lastZxid)));
		socket.on('error', (error) => lost(connectionWords(error)));
		socket.on('close', () => lost(this.isConnected ? 'it closed the connection' : 'it closed the connection instead of greeting us'));
		socket.on('data', (piece: Buffer) => {
			if (!mine()) return;
			try {
				this.read(piece);
			} catch (error) {
				lost((error as Error).message);
			}
		});
	}

	private read(piece: Uint8Array): void {
		this.heardMs = this.options.clock.now();
		const { socket } = this;
		const bytes = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
		let at = 0;
		for (;;) {
			const cut = cutPacket(bytes.subarray(at));
			if (!cut) break;
			at += cut.length;
			if (this.isConnected) this.message(cut.value);
			else this.greeted(cut.value);
			if (this.socket !== socket) return;
		}
		this.rest = bytes.subarray(at);
	}

	private greeted(content: Uint8Array): void {
		const granted = readConnected(content);
		if (granted === null) {
			this.identity = NO_SESSION;
			this.fresh = true;
			this.drop();
			this.listener.expired();
			if (!this.closed) this.connect();
			return;
		}
		this.identity = granted;
		this.timeoutMs = granted.timeoutMs;
		this.isConnected = true;
		this.told = false;
		this.pause = FIRST_PAUSE_MS;
		const { fresh } = this;
		this.fresh = false;
		this.beat();
		this.pulse();
		if (this.options.digest !== undefined) this.send(authRequest('digest', this.options.digest));
		this.listener.connected(fresh);
	}

	private message(packet: Uint8Array): void {
		const message = readMessage(packet);
		if (message.kind === 'watch') this.listener.changed(message.path);
		if (message.kind === 'auth' && message.error !== 0) this.lost('it refused the user and password');
		if (message.kind !== 'reply') return;
		if (message.zxid > this.lastZxid) this.lastZxid = message.zxid;
		const waiting = this.waiting.get(message.xid);
		if (!waiting) return;
		this.waiting.delete(message.xid);
		if (message.error === 0) waiting.resolve(message.content);
		else waiting.reject(new ZookeeperError(ZOOKEEPER_ERRORS[message.error] ?? `error ${message.error}`, waiting.path));
	}

	/** A ping after a third of the timeout without a word from us; after two thirds without a word from the server it is taken for dead. */
	private pulse(): void {
		const { clock } = this.options;
		const third = this.timeoutMs / 3;
		this.beat = clock.at(clock.now() + third / 2, () => {
			const now = clock.now();
			// Late ourselves (stopped, and continued): what has arrived meanwhile is read first.
			setImmediate(() => {
				if (!this.isConnected || this.closed) return;
				if (now - this.heardMs > 2 * third && clock.now() - this.heardMs > 2 * third) {
					this.lost(`${hostPort(this.options.hosts[this.host] as Endpoint)}: nothing heard for ${Math.round(now - this.heardMs)} ms`);
					return;
				}
				if (now - this.sentMs >= third / 2) this.send(pingRequest());
				this.pulse();
			});
		});
	}

	private lost(why: string): void {
		this.drop();
		if (this.closed) return;
		const { clock } = this.options;
		if (!this.told) {
			this.told = true;
			this.listener.disconnected(why);
		}
		if (this.closed) return;
		// The next host at once; a pause when all have been asked.
		const wait = this.host + 1 < this.options.hosts.length ? 0 : this.pause;
		if (wait > 0) this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.timeoutMs / 2));
		this.again = clock.at(clock.now() + wait, () => this.connect());
	}

	private drop(): void {
		this.beat();
		this.again();
		this.isConnected = false;
		const { socket } = this;
		this.socket = null;
		socket?.destroy();
		const waiting = [...this.waiting.values()];
		this.waiting.clear();
		for (const { reject, path } of waiting) reject(new ZookeeperError('CONNECTION_LOSS', path));
	}
}

/** Creates what is missing of a path, persistent and empty, from its root on. */
export const createParents = async (session: ZookeeperSession, path: string): Promise<void> => {
	const names = path.split('/').filter(Boolean);
	for (let i = 1; i <= names.length; i++) {
		const parent = `/${names.slice(0, i).join('/')}`;
		try {
			await session.create(parent, '', { owned: false });
		} catch (error) {
			if (!['NODE_EXISTS', 'NO_AUTH'].includes((error as ZookeeperError).code)) throw error;
		}
	}
};
