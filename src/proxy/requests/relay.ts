import { EventEmitter } from 'node:events';
import type { ProxyEvent, ProxyOptions } from '../contract.js';
import type { DueEntry, DueHeap } from '../due-heap.js';
import type { Peer } from '../peer.js';
import type { Reader } from '../sockets.js';
import type { Client } from '../toxics/scope.js';
import { Behind } from './behind.js';
import type { Conversation, Converse, Ends } from './conversation.js';
import type { RequestDesk } from './plan.js';
import { protocolOf } from './protocol.js';

type Untimed<E> = E extends ProxyEvent ? Omit<E, 't' | 'proxy'> : never;

/** What a relay asks of its proxy. */
export interface RelaySide {
	readonly requests: RequestDesk;
	readonly heap: DueHeap;
	readonly options: Readonly<ProxyOptions>;
	dial(read: Reader, client: Peer, conn: number): Peer | null;
	/** The client's protocol is the upstream's choice (TLS on both sides): the client is met once it is known. */
	readonly agreesFirst: boolean;
	tell(event: Untimed<ProxyEvent>): void;
}
export interface RelayedConnection {
	readonly conn: number;
	readonly from: Client;
	/** The client's side, which TLS to the upstream asks for what was offered. */
	readonly client: Peer;
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
export class Relay extends EventEmitter implements Peer, Ends {
	readonly desk: RequestDesk;
	readonly heap: DueHeap;
	readonly conn: number;
	readonly client: Client;
	writableEnded = false;
	clientReady = true;
	private readonly side: RelaySide;
	private readonly read: Reader;
	private readonly behind: Behind;
	private conversation: Conversation | null;
	/** What the client said while it could not be told which protocol it speaks. */
	private greeting: Uint8Array = new Uint8Array(0);
	private early: Uint8Array[] = [];
	private taken: (() => void) | null = null;
	/** FIN to the client; RST; the relay is done, but for bytes that the upstream has not taken yet. */
	private ended = false;
	private resets = false;
	private over = false;
	private closed = false;
	private resetting: DueEntry | null = null;
	private saidAt = Number.NEGATIVE_INFINITY;
	private told = false;
	/** The client waits for the upstream's choice of a protocol. */
	private agreeing = false;

	/** `live`: a connection that has been going on without a relay; `converse` is how it is to be read. */
	constructor(side: RelaySide, { conn, from, client }: RelayedConnection, read: Reader, live?: { upstream: Peer; converse: Converse | null }) {
		super();
		this.side = side;
		this.desk = side.requests;
		this.heap = side.heap;
		this.conn = conn;
		this.client = from;
		this.read = read;
		this.behind = new Behind(
			(reader) => side.dial(reader, client, conn),
			side.heap,
			() => side.options.dialTimeout,
			{
				said: this.heard,
				reached: () => this.meetClient(),
				ended: () => this.upstreamEnded(),
				unreached: (error, needed) => this.unreached(error, needed),
				drained: this.drained,
			},
		);
		this.conversation = live?.converse?.(this, new Uint8Array(0)) ?? null;
		if (live) {
			this.writableEnded = live.upstream.writableEnded;
			this.behind.take(live.upstream);
		} else {
			this.behind.reach();
			this.agreeing = side.agreesFirst;
			if (!this.agreeing) process.nextTick(() => this.emit('connect'));
		}
	}

	get destroyed(): boolean {
		return this.over && this.behind.clear;
	}
	get writableLength(): number {
		return this.behind.pending + (this.conversation?.excess ?? 0);
	}
	write(view: Uint8Array, done: () => void): void {
		this.taken = done;
		if (this.over || this.resets) return;
		if (this.conversation) this.conversation.fromClient(view);
		else this.greet(view);
	}
	end(): void {
		this.writableEnded = true;
		if (this.over || this.resets) return;
		this.choose();
		this.conversation?.clientEnded();
		this.closeIfDone();
	}
	resume(): void {
		const waited = !this.clientReady;
		this.clientReady = true;
		if (this.resets) this.fireReset();
		else this.behind.resume();
		if (waited) process.nextTick(() => this.clientReady && !this.over && this.conversation?.resumed());
	}
	destroy(): void {
		if (this.over) this.behind.abandon();
		else this.shut('fin');
	}
	destroySoon(): void {
		this.shut('fin');
	}
	resetAndDestroy(): void {
		this.shut(this.resets ? 'fin' : 'rst');
	}

	toUpstream(view: Uint8Array): void {
		if (view.length === 0) return;
		if (this.behind.absent && !this.over) this.behind.reach();
		this.behind.write(view);
	}
	toClient(view: Uint8Array): void {
		if (this.over || this.ended || view.length === 0) return;
		this.saidAt = this.heap.now();
		if (!this.read(view)) this.clientReady = false;
	}
	endUpstream(): void {
		if (this.behind.there) this.behind.end();
		else this.endClient();
	}
	endClient(): void {
		if (this.over || this.ended || this.resets) return;
		this.ended = true;
		if (this.behind.failure) this.emit('error', this.behind.failure);
		this.emit('end');
		this.closeIfDone();
	}
	reset(): void {
		if (this.over || this.resets || this.ended) return;
		this.resets = true;
		this.behind.leave('fin');
		if (this.clientReady) this.fireReset();
	}
	forgetUpstream(): void {
		this.behind.leave('fin');
	}
	opaque(why: string): void {
		if (this.told) return;
		this.told = true;
		this.side.tell({ kind: 'opaque', conn: this.conn, why });
	}

	/** What the upstream says: of a live connection, it is to be handed in. */
	get heard(): Reader {
		return this.fromUpstream;
	}
	private readonly fromUpstream = (view: Uint8Array): boolean => {
		if (this.over || this.resets) return true;
		if (this.conversation) this.conversation.fromUpstream(view);
		else {
			// Whoever speaks first is passed on; what it said may matter to the protocol that follows.
			if (this.early.reduce((sum, { length }) => sum + length, 0) < EARLY) this.early.push(Buffer.from(view));
			this.toClient(view);
		}
		return this.clientReady;
	};

	/** Whoever writes here may go on; said a little later, never inside a write. */
	readonly drained = (): void => {
		process.nextTick(() => {
			if (this.over) this.closeIfClear();
			else {
				this.closeIfDone();
				if (this.writableLength === 0) this.taken?.();
			}
		});
	};

	private upstreamEnded(): void {
		if (this.over || this.resets) return;
		if (this.conversation) this.conversation.upstreamEnded();
		else this.endClient();
	}

	private meetClient(): void {
		if (!this.agreeing || this.over) return;
		this.agreeing = false;
		this.emit('connect');
	}
	private unreached(error: NodeJS.ErrnoException, needed: boolean): void {
		if (this.over || this.resets || this.ended) return;
		if (this.agreeing) {
			if (this.desk.answers) this.meetClient();
			else this.emit('error', error);
			return;
		}
		if (!needed && this.desk.answers && !this.writableEnded) return;
		if (this.conversation?.unreached?.()) return;
		this.side.tell({ kind: 'unreachable', conn: this.conn, error: error.code ?? error.message });
		this.endClient();
		this.shut('fin');
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
		if (this.over || this.resetting) return;
		const due = Math.max(this.heap.now(), this.saidAt + APART_MS);
		// Behind a poll for events: a client in this very process has read by then, however busy it is.
		this.resetting = this.heap.add(due, { wake: () => setImmediate(() => this.emitReset()) });
	}
	private emitReset(): void {
		if (!this.over) this.emit('error', Object.assign(new Error('reset by a toxic'), { code: MADE_UP_RESET }));
	}

	/** Both directions have come to their end. */
	private closeIfDone(): void {
		if (this.ended && (this.writableEnded || !this.behind.there)) this.shut('fin');
	}

	private shut(how: 'fin' | 'rst'): void {
		if (this.over) return;
		this.over = true;
		this.heap.cancel(this.resetting);
		if (this.conversation) this.conversation.close();
		else if (how === 'fin') this.behind.write(this.greeting);
		this.behind.leave(how);
		process.nextTick(() => this.closeIfClear());
	}
	private closeIfClear(): void {
		if (this.closed || !this.behind.clear) return;
		this.closed = true;
		this.emit('close');
	}
}
