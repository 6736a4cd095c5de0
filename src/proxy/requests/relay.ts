import { EventEmitter } from 'node:events';
import type { ProxyEvent, ProxyOptions } from '../contract.js';
import type { Due, DueEntry, DueHeap } from '../due-heap.js';
import type { Peer } from '../peer.js';
import type { Reader } from '../sockets.js';
import type { Client } from '../toxics/scope.js';
import type { Conversation, Converse, Ends } from './conversation.js';
import type { RequestDesk } from './plan.js';
import { protocolOf } from './protocol.js';

type Untimed<E> = E extends ProxyEvent ? Omit<E, 't' | 'proxy'> : never;

/** What a relay asks of its proxy. */
export interface RelaySide {
	readonly requests: RequestDesk;
	readonly heap: DueHeap;
	readonly options: Readonly<ProxyOptions>;
	dial(read: Reader): Peer | null;
	tell(event: Untimed<ProxyEvent>): void;
}
export interface RelayedConnection {
	readonly conn: number;
	readonly from: Client;
}

/** The code of the error of a reset that a toxic made: it reaches the client as one, whatever the proxy does with others. */
export const MADE_UP_RESET = 'E_MADE_UP_RESET';

/** Of what an upstream says before its client does, as much is kept for whoever reads the protocol. */
const EARLY = 65_536;
/** A reset that comes together with the bytes before it is taken for their end by some (libuv): it comes so much later. */
const APART_MS = 5;

/**
 * Stands before the links where the upstream would, and reads requests. It holds nothing itself: bytes go on in the
 * buffers in which they came, and whoever cannot take more stops the other.
 *
 *      link ──write──► conversation ──toUpstream──► upstream
 *      link ◄──read─── conversation ◄─────────────  upstream
 *
 * The upstream is dialled at once, as always; but while a toxic may answer without it, one that is dead is the client's
 * business only when something is to be passed on: then it is dialled again, and closes the client if that fails.
 */
export class Relay extends EventEmitter implements Peer, Ends, Due {
	readonly desk: RequestDesk;
	readonly heap: DueHeap;
	readonly conn: number;
	readonly client: Client;
	destroyed = false;
	writableEnded = false;
	clientReady = true;
	private readonly side: RelaySide;
	private readonly read: Reader;
	private upstream: Peer | null = null;
	private connected = false;
	private failure: NodeJS.ErrnoException | null = null;
	/** Something was given to the upstream that is dialled. */
	private needed = false;
	private entry: DueEntry | null = null;
	private conversation: Conversation | null;
	private greeting: Uint8Array = new Uint8Array(0);
	private early: Uint8Array[] = [];
	private taken: (() => void) | null = null;
	private ended = false;
	private resets = false;
	private resetting: DueEntry | null = null;
	private saidAt = Number.NEGATIVE_INFINITY;
	private told = false;

	/** `live`: a connection that has been going on without a relay; `converse` is how it is to be read. */
	constructor(side: RelaySide, { conn, from }: RelayedConnection, read: Reader, live?: { upstream: Peer; converse: Converse | null }) {
		super();
		this.side = side;
		this.desk = side.requests;
		this.heap = side.heap;
		this.conn = conn;
		this.client = from;
		this.read = read;
		this.conversation = live?.converse?.(this, new Uint8Array(0)) ?? null;
		if (live) {
			this.connected = true;
			this.upstream = live.upstream;
			this.writableEnded = live.upstream.writableEnded;
			this.watch(live.upstream);
		} else {
			this.reach();
			process.nextTick(() => this.emit('connect'));
		}
	}

	/** What the upstream of a live connection says. */
	readonly heard: Reader = (view) => this.fromUpstream(view);

	get writableLength(): number {
		return (this.upstream?.destroyed === false ? this.upstream.writableLength : 0) + (this.conversation?.excess ?? 0);
	}
	write(view: Uint8Array, done: () => void): void {
		this.taken = done;
		if (this.destroyed || this.resets) return;
		if (this.conversation) this.conversation.fromClient(view);
		else this.greet(view);
	}
	end(): void {
		this.writableEnded = true;
		if (this.destroyed || this.resets) return;
		this.choose();
		this.conversation?.clientEnded();
		this.closeIfOver();
	}
	resume(): void {
		if (this.clientReady) return;
		this.clientReady = true;
		if (this.resets) this.fireReset();
		else this.upstream?.resume();
		process.nextTick(() => this.clientReady && !this.destroyed && this.conversation?.resumed());
	}
	destroy(): void {
		this.shut('fin');
	}
	destroySoon(): void {
		this.shut('fin');
	}
	resetAndDestroy(): void {
		this.shut(this.resets ? 'fin' : 'rst');
	}

	toUpstream(view: Uint8Array): void {
		if (view.length === 0) return;
		if (!this.upstream && !this.destroyed) this.reach();
		const { upstream } = this;
		if (!upstream || upstream.destroyed || upstream.writableEnded) return;
		this.needed = true;
		upstream.write(view, this.drained);
	}
	toClient(view: Uint8Array): void {
		if (this.destroyed || this.ended || view.length === 0) return;
		if (!this.read(view)) this.clientReady = false;
		this.saidAt = this.heap.now();
	}
	endUpstream(): void {
		const { upstream } = this;
		if (!upstream || upstream.destroyed) this.endClient();
		else if (!upstream.writableEnded) upstream.end();
	}
	endClient(): void {
		if (this.destroyed || this.ended) return;
		this.ended = true;
		if (this.failure) this.emit('error', this.failure);
		this.emit('end');
		this.closeIfOver();
	}
	reset(): void {
		if (this.destroyed || this.resets || this.ended) return;
		this.resets = true;
		this.leave('fin');
		if (this.clientReady) this.fireReset();
	}
	forgetUpstream(): void {
		this.leave('fin');
	}
	opaque(why: string): void {
		if (this.told) return;
		this.told = true;
		this.side.tell({ kind: 'opaque', conn: this.conn, why });
	}
	/** Whoever writes here may go on. Never inside a write. */
	readonly drained = (): void => {
		process.nextTick(() => {
			if (!this.destroyed && this.writableLength === 0) this.taken?.();
		});
	};

	/** The upstream has not answered in time. */
	wake(): void {
		this.entry = null;
		const { upstream } = this;
		this.failed(Object.assign(new Error(`no answer in ${this.side.options.dialTimeout} ms`), { code: undefined }));
		upstream?.destroy();
	}

	private reach(): void {
		this.connected = false;
		this.needed = false;
		this.failure = null;
		const upstream = this.side.dial((view) => (upstream === this.upstream ? this.fromUpstream(view) : true));
		this.upstream = upstream;
		if (!upstream) {
			process.nextTick(() => this.failed(new Error('the upstream is no address')));
			return;
		}
		this.entry = this.heap.add(this.heap.now() + this.side.options.dialTimeout, this);
		upstream.once('connect', () => {
			if (upstream !== this.upstream) return;
			this.connected = true;
			this.heap.cancel(this.entry);
			this.entry = null;
		});
		this.watch(upstream);
	}

	private watch(upstream: Peer): void {
		let over = false;
		const end = (): void => {
			if (over || upstream !== this.upstream || this.destroyed || this.resets) return;
			over = true;
			if (this.conversation) this.conversation.upstreamEnded();
			else this.endClient();
		};
		upstream.on('error', (error) => {
			if (upstream !== this.upstream) return;
			if (this.connected) this.failure = error;
			else this.failed(error);
		});
		upstream.on('end', end);
		upstream.on('close', () => {
			end();
			if (upstream === this.upstream) this.drained();
			this.closeIfOver();
		});
	}

	/** It was never reached. */
	private failed(error: NodeJS.ErrnoException): void {
		if (this.destroyed || this.connected) return;
		const needed = this.needed || !this.desk.answers || this.writableEnded;
		this.leave('rst');
		if (!needed || this.resets || this.ended) return;
		this.side.tell({ kind: 'unreachable', conn: this.conn, error: error.code ?? error.message });
		this.endClient();
		this.shut('fin');
	}

	private fromUpstream(view: Uint8Array): boolean {
		if (this.destroyed || this.resets) return true;
		if (this.conversation) this.conversation.fromUpstream(view);
		else {
			// Whoever speaks first is passed on; what it said may matter to the protocol that follows.
			if (this.early.reduce((sum, { length }) => sum + length, 0) < EARLY) this.early.push(Buffer.from(view));
			this.toClient(view);
		}
		return this.clientReady;
	}

	private greet(view: Uint8Array): void {
		this.greeting = this.greeting.length === 0 ? view : Buffer.concat([this.greeting, view]);
		if (protocolOf(this.greeting) !== null) this.choose();
		else if (this.greeting === view) this.greeting = Buffer.from(view);
	}
	private choose(): void {
		if (this.conversation) return;
		const { greeting } = this;
		this.conversation = (protocolOf(greeting) ?? (protocolOf(new Uint8Array(64)) as Converse))(this, Buffer.concat(this.early));
		this.greeting = new Uint8Array(0);
		this.early = [];
		if (greeting.length > 0) this.conversation.fromClient(greeting);
	}

	private fireReset(): void {
		if (this.destroyed || this.resetting) return;
		const due = this.saidAt + APART_MS;
		if (due > this.heap.now())
			this.resetting = this.heap.add(
				due, // Behind a poll for events: a client in this very process has read by then, however busy it is.
				{ wake: () => setImmediate(() => this.emitReset()) },
			);
		else this.emitReset();
	}
	private emitReset(): void {
		if (this.destroyed) return;
		this.emit('error', Object.assign(new Error('reset by a toxic'), { code: MADE_UP_RESET }));
	}

	private leave(how: 'fin' | 'rst'): void {
		const { upstream } = this;
		this.upstream = null;
		this.heap.cancel(this.entry);
		this.entry = null;
		if (!upstream || upstream.destroyed) return;
		if (how === 'rst') upstream.resetAndDestroy();
		else if (upstream.writableLength > 0) upstream.destroySoon();
		else upstream.destroy();
		this.drained();
	}

	private closeIfOver(): void {
		if (this.ended && (this.writableEnded || !this.upstream || this.upstream.destroyed)) this.shut('fin');
	}

	private shut(how: 'fin' | 'rst'): void {
		if (this.destroyed) return;
		this.destroyed = true;
		this.heap.cancel(this.resetting);
		if (this.conversation) this.conversation.close();
		else if (how === 'fin') this.toUpstream(this.greeting);
		this.leave(how);
		process.nextTick(() => this.emit('close'));
	}
}
