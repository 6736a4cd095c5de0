import type { DueEntry, DueHeap } from '../due-heap.js';
import type { Peer } from '../peer.js';
import type { Reader } from '../sockets.js';

/** Whoever is left behind gets this long to take what was passed on. */
const FLUSH_MS = 1000;

/** What a relay hears of its upstream. */
export interface Hears {
	/** False: no more until `resume`. */
	said: Reader;
	/** It is there. */
	reached(): void;
	/** It will say nothing more. */
	ended(): void;
	/** It was never reached. `needed`: something was to be passed on. */
	unreached(error: NodeJS.ErrnoException, needed: boolean): void;
	/** It has taken something, or is gone. */
	drained(): void;
}

/** What is to happen once a connection is there that is being dialled. */
interface Wished {
	/** Copies, to be written. */
	bytes: Uint8Array[];
	length: number;
	/** FIN behind them; and no more interest. */
	ends: boolean;
	leaves: boolean;
}
const nothing = (): Wished => ({ bytes: [], length: 0, ends: false, leaves: false });

/** The upstream of a relay: dialled, let go with what it has not taken yet, and dialled again. */
export class Behind {
	/** What broke the connection of now, once it was there. */
	failure: NodeJS.ErrnoException | null = null;
	private readonly dial: (read: Reader) => Peer | null;
	private readonly heap: DueHeap;
	private readonly timeoutMs: () => number;
	private readonly hears: Hears;
	private peer: Peer | null = null;
	private connected = false;
	private needed = false;
	private wished = nothing();
	private readonly left = new Set<Peer>();

	constructor(dial: (read: Reader) => Peer | null, heap: DueHeap, timeoutMs: () => number, hears: Hears) {
		this.dial = dial;
		this.heap = heap;
		this.timeoutMs = timeoutMs;
		this.hears = hears;
	}

	/** A connection that is there already; what it says comes to {@link Hears.said} by another way. */
	take(peer: Peer): void {
		this.connected = true;
		this.peer = peer;
		this.watch(peer, null);
	}

	reach(): void {
		this.connected = false;
		this.needed = false;
		this.failure = null;
		const wished = nothing();
		this.wished = wished;
		const peer = this.dial((view) => (peer === this.peer ? this.hears.said(view) : true));
		this.peer = peer;
		if (!peer) {
			process.nextTick(() => this.fail(null, new Error('the upstream is no address')));
			return;
		}
		const entry = this.heap.add(this.heap.now() + this.timeoutMs(), {
			wake: () => {
				this.fail(peer, new Error(`no answer in ${this.timeoutMs()} ms`));
				peer.destroy();
			},
		});
		peer.once('connect', () => {
			this.heap.cancel(entry);
			if (peer === this.peer) this.connected = true;
			for (const bytes of wished.bytes.splice(0)) peer.write(bytes, this.hears.drained);
			wished.length = 0;
			if (wished.leaves) peer.destroySoon();
			else if (wished.ends) peer.end();
			if (peer === this.peer) this.hears.reached();
			this.hears.drained();
		});
		this.watch(peer, entry);
	}

	/** Never dialled, not reached, or let go. */
	get absent(): boolean {
		return this.peer === null;
	}
	/** It is there, or being dialled. */
	get there(): boolean {
		return this.peer !== null && !this.peer.destroyed;
	}
	/** Somebody may still refer to bytes that were written. */
	get pending(): number {
		let pending = this.there ? (this.peer as Peer).writableLength + this.wished.length : 0;
		for (const peer of this.left) pending += peer.writableLength;
		return pending;
	}
	/** Nobody is left behind. */
	get clear(): boolean {
		return this.left.size === 0;
	}

	write(view: Uint8Array): void {
		const { peer } = this;
		this.needed = true;
		if (!peer || peer.destroyed || peer.writableEnded || view.length === 0) return;
		if (this.connected) {
			peer.write(view, this.hears.drained);
			return;
		}
		this.wished.bytes.push(Buffer.from(view));
		this.wished.length += view.length;
	}
	end(): void {
		if (!this.connected) this.wished.ends = true;
		else if (this.there && !this.peer?.writableEnded) this.peer?.end();
	}
	resume(): void {
		if (this.there) this.peer?.resume();
	}

	/** FIN behind what was written, or RST. */
	leave(how: 'fin' | 'rst'): void {
		const { peer, connected, wished } = this;
		this.peer = null;
		if (!peer || peer.destroyed) return;
		if (how === 'rst' && connected) peer.resetAndDestroy();
		else if (how === 'rst' || (peer.writableLength === 0 && wished.length === 0)) peer.destroy();
		else {
			this.left.add(peer);
			const entry = this.heap.add(this.heap.now() + FLUSH_MS, { wake: () => peer.destroy() });
			peer.on('close', () => this.heap.cancel(entry));
			wished.leaves = true;
			if (connected) peer.destroySoon();
		}
	}
	/** Not even those are waited for that were left behind. */
	abandon(): void {
		for (const peer of this.left) peer.destroy();
	}

	private watch(peer: Peer, entry: DueEntry | null): void {
		let over = false;
		const end = (): void => {
			if (over || peer !== this.peer) return;
			over = true;
			this.hears.ended();
		};
		peer.on('error', (error) => {
			if (peer !== this.peer) return;
			if (this.connected) this.failure = error;
			else this.fail(peer, error);
		});
		peer.on('end', end);
		peer.on('close', () => {
			this.heap.cancel(entry);
			end();
			this.left.delete(peer);
			this.hears.drained();
		});
	}

	private fail(peer: Peer | null, error: NodeJS.ErrnoException): void {
		if (peer !== this.peer || this.connected) return;
		const { needed } = this;
		this.peer = null;
		this.hears.unreached(error, needed);
	}
}
