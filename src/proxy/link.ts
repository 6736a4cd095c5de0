import type { Socket } from 'node:net';
import type { DueHeap } from './due-heap.js';
import type { Piece, Stage } from './stage.js';

/** A shaped direction holds this many bytes, then its source is paused. */
const LIMIT = 4 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * One direction of one connection. Without stages, bytes go straight from the read buffer to the other socket.
 * With stages there is one FIFO of raw chunks with arrival times, and only its head is looked at. A change of stages is
 * a pointer swap: it waits for nobody, and what is in flight meets the new stages.
 */
export class Link {
	/** Ordinal of the message to which the bytes now passed belong. */
	message = -1;
	private from: Socket | null = null;
	private to: Socket | null = null;
	private stages: readonly Stage[] = [];
	private queue: Piece[] = [];
	private first = 0;
	private asked = 0;
	private held = 0;
	private chunks = 0;
	private choked = false;
	private wakeAt = Number.POSITIVE_INFINITY;
	private over = false;
	private readonly heap: DueHeap;
	private readonly onReset: () => void;

	/** `onReset` is called when a reset has reached the end of this direction: both sockets are to be reset. */
	constructor(heap: DueHeap, onReset: () => void) {
		this.heap = heap;
		this.onReset = onReset;
	}

	join(from: Socket, to: Socket): void {
		this.from = from;
		this.to = to;
	}

	/** False: the source must pause; it is resumed from here. */
	get open(): boolean {
		return !this.choked;
	}
	/** Nothing waits in this direction: neither in the queue nor in the socket. */
	get flushed(): boolean {
		return this.first === this.queue.length && (!this.to || this.to.destroyed || this.to.writableLength === 0);
	}

	/** New connections and live ones alike; an empty list is the fast path again. */
	setStages(stages: readonly Stage[]): void {
		this.stages = stages;
		this.asked = 0;
		const head = this.queue[this.first];
		if (head) head.due = head.at;
		this.pump(this.heap.now());
	}

	/** `view` may be reused by the caller once the source has been resumed, or at once while `open`. */
	pass(view: Uint8Array): void {
		if (this.over || view.length === 0) return;
		if (this.stages.length === 0 && this.first === this.queue.length) this.write(view);
		else this.push(Uint8Array.prototype.slice.call(view), 'pass');
	}

	/** The source's EOF, in its place behind the bytes. */
	finish(): void {
		if (this.over) return;
		if (this.stages.length === 0 && this.first === this.queue.length) this.end();
		else this.push(NOTHING, 'fin');
	}

	/** The source was reset. */
	reset(): void {
		if (this.over) return;
		if (this.stages.length === 0 && this.first === this.queue.length) this.onReset();
		else this.push(NOTHING, 'rst');
	}

	/** Nothing more goes this way, not even what is queued. */
	close(): void {
		this.over = true;
		this.queue = [];
		this.first = 0;
		this.held = 0;
		this.choked = false;
	}

	wake(now: number): void {
		if (this.wakeAt > now) return;
		this.wakeAt = Number.POSITIVE_INFINITY;
		this.pump(now);
	}

	private push(bytes: Uint8Array, fate: Piece['fate']): void {
		const now = this.heap.now();
		this.queue.push({ bytes, at: now, due: now, fate, message: this.message, ordinal: this.chunks++ });
		this.held += bytes.length;
		if (this.queue.length - this.first === 1) this.pump(now);
		if (this.held >= LIMIT) this.choked = true;
	}

	private pump(now: number): void {
		while (this.first < this.queue.length && !this.over) {
			const piece = this.queue[this.first] as Piece;
			while (this.asked < this.stages.length && piece.due <= now && piece.fate !== 'drop') {
				const whole = piece.bytes;
				(this.stages[this.asked] as Stage).shape(piece, now);
				this.asked++;
				if (piece.bytes.length < whole.length) this.splitOff(piece, whole.subarray(piece.bytes.length));
			}
			if (piece.due > now && piece.fate !== 'drop') {
				if (piece.due < this.wakeAt) {
					this.wakeAt = piece.due;
					this.heap.add(piece.due, this);
				}
				return;
			}
			this.shift(piece);
			if (piece.fate === 'pass') this.write(piece.bytes);
			else if (piece.fate === 'fin') this.end();
			else if (piece.fate === 'rst') this.onReset();
		}
		this.unchoke();
	}

	private splitOff(piece: Piece, rest: Uint8Array): void {
		this.queue.splice(this.first + 1, 0, { ...piece, bytes: rest, due: piece.at, ordinal: this.chunks++ });
	}

	private shift(piece: Piece): void {
		this.queue[this.first++] = undefined as never;
		this.asked = 0;
		this.held -= piece.bytes.length;
		if (this.first < 64 && this.first < this.queue.length) return;
		this.queue = this.queue.slice(this.first);
		this.first = 0;
	}

	private write(view: Uint8Array): void {
		const to = this.to;
		if (!to || to.destroyed || to.writableEnded) return;
		to.write(view, this.written);
		// 0: the kernel took it all during the call. Otherwise the write still refers to the read buffer.
		if (to.writableLength > 0) this.choked = true;
	}

	private readonly written = (): void => {
		this.unchoke();
	};

	private unchoke(): void {
		if (!this.choked || this.held >= LIMIT || (this.to && !this.to.destroyed && this.to.writableLength > 0)) return;
		this.choked = false;
		this.from?.resume();
	}

	private end(): void {
		const to = this.to;
		if (to && !to.destroyed && !to.writableEnded) to.end();
	}
}
