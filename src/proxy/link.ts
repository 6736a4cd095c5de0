import type { DueEntry, DueHeap } from './due-heap.js';
import type { Peer } from './peer.js';
import type { Piece, Stage } from './stage.js';

/** A shaped direction holds this many bytes, then its source is paused, unless a stage needs more or less. */
const LIMIT = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Bytes of one direction, live: taken from the source, given to the other socket. */
export interface Counts {
	received: number;
	sent: number;
}

const copied = (view: Uint8Array): Uint8Array => {
	const copy = Buffer.allocUnsafe(view.length);
	copy.set(view);
	return copy;
};

/**
 * One direction of one connection. Without stages, bytes go straight from the read buffer to the other socket.
 * With stages there is one FIFO of raw chunks with arrival times, and only its head is looked at. A change of stages is
 * a pointer swap: it waits for nobody, and what is in flight meets the new stages.
 */
export class Link {
	/** Ordinal of the message to which the bytes now passed belong. */
	message = -1;
	readonly counts: Counts;
	private from: Peer | null = null;
	private to: Peer | null = null;
	private stages: readonly Stage[] = [];
	private queue: Piece[] = [];
	private first = 0;
	private held = 0;
	private limit = LIMIT;
	private chunks = 0;
	private choked = false;
	private wakeAt = Number.POSITIVE_INFINITY;
	private notBefore = Number.NEGATIVE_INFINITY;
	private stoodSince = Number.POSITIVE_INFINITY;
	private entry: DueEntry | null = null;
	/** Nothing more is taken. */
	private sealed = false;
	private over = false;
	private ended = false;
	private readonly heap: DueHeap;
	private readonly onReset: () => void;
	private readonly onEnd: (() => void) | null;

	/**
	 * `onReset` is called when a reset has reached the end of this direction: both sockets are to be reset. `onEnd`,
	 * when the end of the stream has, or a stage closes; without it, the end is passed on and the other direction stays.
	 */
	constructor(heap: DueHeap, onReset: () => void, onEnd: (() => void) | null = null, counts: Counts = { received: 0, sent: 0 }) {
		this.heap = heap;
		this.onReset = onReset;
		this.onEnd = onEnd;
		this.counts = counts;
	}

	join(from: Peer, to: Peer): void {
		this.from = from;
		this.to = to;
	}

	/** False: the source must pause; it is resumed from here. */
	get open(): boolean {
		return !this.choked;
	}
	/** Bytes are looked at in pieces: it matters to which message each belongs. */
	get shaped(): boolean {
		return this.stages.length > 0 || this.first < this.queue.length;
	}
	/** Nothing waits in this direction: neither in the queue nor in the socket. */
	get flushed(): boolean {
		return this.first === this.queue.length && (!this.to || this.to.destroyed || this.to.writableLength === 0);
	}

	/**
	 * New connections and live ones alike; an empty list is the fast path again. Stages are told apart by identity: no
	 * stage is asked twice about one piece, and what waits for a stage that is gone goes on at once (what will close
	 * the connection keeps its time).
	 */
	setStages(stages: readonly Stage[]): void {
		const old = this.stages;
		const now = this.heap.now();
		this.stages = stages;
		this.limit = limitOf(stages);
		this.notBefore = Number.NEGATIVE_INFINITY;
		for (let i = this.first; i < this.queue.length; i++) {
			const piece = this.queue[i] as Piece;
			if (piece.next === 0) break;
			const last = old[piece.next - 1] as Stage;
			if (!stages.includes(last) && piece.fate !== 'rst' && piece.fate !== 'close') piece.due = Math.min(piece.due, now);
			let next = 0;
			for (let k = piece.next - 1; k >= 0 && next === 0; k--) next = stages.indexOf(old[k] as Stage) + 1;
			piece.next = next;
			piece.gap = 0;
		}
		this.pump(now);
	}

	/** The settings of this stage have changed. */
	changed(stage: Stage): void {
		const now = this.heap.now();
		const head = this.queue[this.first];
		if (head) head.gap = 0;
		const waits = head !== undefined && head.due > now && this.stages[head.next - 1] === stage;
		if (stage.changed) stage.changed(waits ? head : null, now);
		else if (waits && head.fate !== 'rst' && head.fate !== 'close') head.due = now;
		this.limit = limitOf(this.stages);
		this.notBefore = Number.NEGATIVE_INFINITY;
		this.pump(now);
	}

	/** `view` may be reused by the caller once the source has been resumed, or at once while `open`. */
	pass(view: Uint8Array): void {
		this.counts.received += view.length;
		if (this.sealed || view.length === 0) return;
		if (this.stages.length === 0 && this.first === this.queue.length) this.write(view);
		else this.push(copied(view), 'pass');
	}

	/** The source's EOF, in its place behind the bytes. */
	finish(): void {
		if (this.sealed) return;
		// First: the end of one direction ends the other, which may end this one again.
		this.sealed = true;
		if (this.stages.length > 0 || this.first < this.queue.length) this.push(NOTHING, 'fin');
		else this.end();
	}

	/** The source was reset. */
	reset(): void {
		if (this.over) return;
		if (this.stages.length > 0 || this.first < this.queue.length) this.push(NOTHING, 'rst');
		else this.onReset();
		this.sealed = true;
	}

	/** As if a stage had closed it now: what is queued is lost. */
	cut(): void {
		if (this.over) return;
		this.close();
		this.end();
	}

	/** Nothing more goes this way, not even what is queued. */
	close(): void {
		this.over = true;
		this.sealed = true;
		this.queue = [];
		this.first = 0;
		this.held = 0;
		this.choked = false;
		this.heap.cancel(this.entry);
		this.entry = null;
	}

	wake(now: number): void {
		this.entry = null;
		this.wakeAt = Number.POSITIVE_INFINITY;
		this.pump(now);
	}

	private push(bytes: Uint8Array, fate: Piece['fate']): void {
		const now = this.heap.now();
		this.queue.push({ bytes, at: now, due: now, fate, message: this.message, ordinal: this.chunks++, next: 0, gap: 0 });
		this.held += bytes.length;
		if (this.queue.length - this.first === 1) this.pump(now);
		if (this.held >= this.limit) this.choked = true;
		this.heap.poll(now);
	}

	private pump(now: number): void {
		if (this.stoodSince <= now && !this.congested) {
			for (const stage of this.stages) stage.stood?.(now - this.stoodSince);
			this.stoodSince = Number.POSITIVE_INFINITY;
		}
		do {
			while (this.first < this.queue.length) {
				const piece = this.queue[this.first] as Piece;
				while (piece.next < this.stages.length && piece.due <= now && piece.fate !== 'drop') this.ask(piece, now);
				if (piece !== this.queue[this.first]) continue;
				if (piece.due > now && piece.fate !== 'drop') break;
				// Whoever does not read makes nobody wait but its own direction.
				if (piece.fate === 'pass' && this.congested) {
					this.stoodSince = Math.min(this.stoodSince, now);
					return;
				}
				if (piece.fate === 'pass' && this.notBefore > now) {
					this.wakeBy(this.notBefore);
					return;
				}
				this.shift(piece);
				if (piece.fate === 'pass') {
					this.write(piece.bytes);
					if (piece.gap > 0) this.notBefore = now + piece.gap;
				}
				if (piece.fate === 'fin') this.end();
				else if (piece.fate === 'rst') this.onReset();
				else if (piece.fate === 'close') this.end();
				if (this.over) return;
			}
		} while (this.idled(now));
		const head = this.queue[this.first];
		if (head) this.wakeBy(head.due);
		this.unchoke();
	}

	private ask(piece: Piece, now: number): void {
		const { bytes, due, fate } = piece;
		(this.stages[piece.next++] as Stage).shape(piece, now);
		if (piece.fate !== fate && (piece.fate === 'close' || piece.fate === 'rst')) this.seal(piece);
		else if (piece.bytes.length < bytes.length) {
			const rest = { ...piece, bytes: bytes.subarray(piece.bytes.length), due, fate, ordinal: this.chunks++, next: piece.next - 1, gap: 0 };
			if (this.first === 0) this.queue.unshift(piece);
			else this.queue[--this.first] = piece;
			this.queue[this.first + 1] = rest;
		} else this.held += piece.bytes.length - bytes.length;
	}

	/** A stage has decided how this direction ends; the source may say what it will. */
	private seal(last: Piece): void {
		this.sealed = true;
		this.queue = [last];
		if (last.fate === 'close' && last.bytes.length > 0) {
			// Bytes and close are two pieces for the stages that follow.
			this.queue.push({ ...last, bytes: NOTHING });
			last.fate = 'pass';
		}
		this.first = 0;
		this.held = last.bytes.length;
	}

	/** Stages behind the head see nothing come: has one of them waited long enough? */
	private idled(now: number): boolean {
		const head = this.queue[this.first];
		for (let k = head?.next ?? 0; k < this.stages.length && !this.over && !this.ended; k++) {
			const stage = this.stages[k] as Stage;
			const until = stage.idleUntil?.(now) ?? Number.POSITIVE_INFINITY;
			if (until > now) {
				this.wakeBy(until);
				continue;
			}
			const piece: Piece = { bytes: NOTHING, at: now, due: now, fate: 'pass', message: -1, ordinal: -1, next: k, gap: 0 };
			this.ask(piece, now);
			if (this.sealed && this.queue[this.first] === piece) return true;
		}
		return false;
	}

	private wakeBy(due: number): void {
		if (due >= this.wakeAt) return;
		this.heap.cancel(this.entry);
		this.wakeAt = due;
		this.entry = this.heap.add(due, this);
	}

	private shift(piece: Piece): void {
		this.queue[this.first++] = undefined as never;
		this.held -= piece.bytes.length;
		if (this.first < 64 && this.first < this.queue.length) return;
		this.queue = this.queue.slice(this.first);
		this.first = 0;
	}

	private get congested(): boolean {
		return this.to !== null && !this.to.destroyed && this.to.writableLength > 0;
	}

	private write(view: Uint8Array): void {
		const to = this.to;
		if (!to || to.destroyed || to.writableEnded || view.length === 0) return;
		this.counts.sent += view.length;
		to.write(view, this.written);
		// 0: the kernel took it all during the call. Otherwise the write still refers to the read buffer.
		if (to.writableLength > 0) this.choked = true;
	}

	private readonly written = (): void => {
		if (this.over) return;
		if (this.first < this.queue.length) this.pump(this.heap.now());
		else this.unchoke();
	};

	private unchoke(): void {
		if (!this.choked || this.held >= this.limit || this.congested) return;
		this.choked = false;
		this.from?.resume();
	}

	private end(): void {
		this.ended = true;
		if (this.onEnd) {
			this.onEnd();
			return;
		}
		const to = this.to;
		if (to && !to.destroyed && !to.writableEnded) to.end();
	}
}

const limitOf = (stages: readonly Stage[]): number => {
	let limit = 0;
	for (const stage of stages) limit = Math.max(limit, stage.holds ?? LIMIT);
	return limit || LIMIT;
};
