import type { Due, DueEntry, DueHeap } from '../due-heap.js';
import { type Datagram, type DatagramStage, GONE } from './datagram.js';
import { DueQueue } from './due-queue.js';

/** What went through one direction; all but the first two count datagrams. */
export interface DatagramCounts {
	bytesReceived: number;
	bytesSent: number;
	received: number;
	sent: number;
	/** Dropped by toxics. */
	lost: number;
	/** Dropped because too much waited already. */
	overflow: number;
	/** What the system would not take: too long for the path, no route, no buffer. */
	unsent: number;
}

export const noDatagrams = (): DatagramCounts => ({ bytesReceived: 0, bytesSent: 0, received: 0, sent: 0, lost: 0, overflow: 0, unsent: 0 });
export const addCounts = (sum: DatagramCounts, more: Readonly<DatagramCounts>): void => {
	for (const key of Object.keys(sum) as (keyof DatagramCounts)[]) sum[key] += more[key];
};

/** How many bytes may wait; shared by all flows of a proxy, with a part for each direction of one. */
export interface Room {
	held: number;
	readonly most: number;
	readonly mostPerLink: number;
}

/** What a datagram that waits costs besides its bytes: an empty one is not for nothing. */
const OVERHEAD = 256;
const costOf = (bytes: Uint8Array): number => bytes.length + OVERHEAD;

/** Still behind the stage that `datagram` has just met. */
const waits = (other: Datagram, datagram: Datagram): boolean => other.turn !== GONE && other.next === datagram.next;

/**
 * One direction of one flow.
 *
 *     received ─▶ stage 1 ─▶ stage 2 ─▶ … ─▶ sent        without stages: received ─▶ sent
 *                    └──────────┴── due queue: each datagram waits for its own time, so jitter reorders
 *
 * A change of stages is a pointer swap, and what waits meets the new stages.
 */
export class DatagramLink implements Due {
	readonly counts = noDatagrams();
	private readonly heap: DueHeap;
	private readonly room: Room;
	private readonly send: (bytes: Uint8Array) => boolean;
	private stages: readonly DatagramStage[] = [];
	private readonly queue = new DueQueue();
	private held = 0;
	private ordinal = 0;
	private entry: DueEntry | null = null;
	private over = false;

	/** `send` says whether the system took it. */
	constructor(heap: DueHeap, room: Room, send: (bytes: Uint8Array) => boolean) {
		this.heap = heap;
		this.room = room;
		this.send = send;
	}

	/** Nothing waits. */
	get empty(): boolean {
		return this.queue.size === 0;
	}

	/** Stages are told apart by identity; what waits for one that is gone goes on at once. */
	setStages(stages: readonly DatagramStage[]): void {
		const old = this.stages;
		const now = this.heap.now();
		this.stages = stages;
		if (this.empty) return;
		for (const datagram of this.queue.take()) {
			const last = old[datagram.next - 1];
			if (last && !stages.includes(last)) datagram.due = Math.min(datagram.due, now);
			let next = 0;
			for (let k = datagram.next - 1; k >= 0 && next === 0; k--) next = stages.indexOf(old[k] as DatagramStage) + 1;
			datagram.next = next;
			this.queue.put(datagram);
		}
		this.pump(now);
	}

	/** The settings of this stage have changed. */
	changed(stage: DatagramStage): void {
		const now = this.heap.now();
		const next = this.stages.indexOf(stage) + 1;
		stage.changed?.(now);
		if (next === 0 || this.empty) return;
		for (const datagram of this.queue.take()) {
			if (datagram.next === next && datagram.due > now) {
				datagram.due = now;
				if (stage.again) datagram.next--;
			}
			this.queue.put(datagram);
		}
		this.pump(now);
	}

	/** The bytes belong to the link from here on. */
	pass(bytes: Uint8Array): void {
		if (this.over) return;
		this.counts.received++;
		this.counts.bytesReceived += bytes.length;
		if (this.stages.length === 0 && this.empty) {
			this.ordinal++;
			this.emit(bytes);
			return;
		}
		const now = this.heap.now();
		const key = String(this.ordinal++);
		if (this.takes(bytes)) this.queue.push({ bytes, due: now, next: 0, fate: 'pass', key, copies: 0, turn: -1 });
		this.pump(now);
	}

	/** Taken and lost, before any stage. */
	swallow(bytes: Uint8Array): void {
		if (this.over) return;
		this.counts.received++;
		this.counts.bytesReceived += bytes.length;
		this.counts.lost++;
		this.ordinal++;
	}

	/** Nothing more goes this way, not even what waits. */
	close(): void {
		if (this.over) return;
		this.over = true;
		this.heap.cancel(this.entry);
		this.entry = null;
		this.queue.take();
		this.room.held -= this.held;
		this.held = 0;
	}

	wake(now: number): void {
		this.entry = null;
		this.pump(now);
	}

	private takes(bytes: Uint8Array): boolean {
		const cost = costOf(bytes);
		if (this.held + cost > this.room.mostPerLink || this.room.held + cost > this.room.most) {
			this.counts.overflow++;
			return false;
		}
		this.hold(cost);
		return true;
	}
	private hold(cost: number): void {
		this.held += cost;
		this.room.held += cost;
	}

	private pump(now: number): void {
		while (!this.over && this.queue.due <= now) this.advance(this.queue.shift() as Datagram);
		const { due } = this.queue;
		if (this.entry && this.entry.due === due) return;
		this.heap.cancel(this.entry);
		this.entry = due < Number.POSITIVE_INFINITY ? this.heap.add(due, this) : null;
	}

	/** From stage to stage until it has to wait, is lost, or is through. */
	private advance(datagram: Datagram): void {
		while (datagram.next < this.stages.length) {
			const { due, bytes } = datagram;
			const others = (this.stages[datagram.next++] as DatagramStage).shape(datagram);
			if (datagram.bytes !== bytes) this.hold(datagram.bytes.length - bytes.length);
			for (const other of others ?? []) if (other.turn === -1 ? this.takes(other.bytes) : waits(other, datagram)) this.queue.push(other);
			if (datagram.fate === 'drop') {
				this.leave(datagram);
				this.counts.lost++;
				return;
			}
			if (datagram.due > due) {
				this.queue.put(datagram);
				return;
			}
		}
		this.leave(datagram);
		this.emit(datagram.bytes);
	}
	private leave(datagram: Datagram): void {
		datagram.turn = GONE;
		this.hold(-costOf(datagram.bytes));
	}

	private emit(bytes: Uint8Array): void {
		if (!this.send(bytes)) {
			this.counts.unsent++;
			return;
		}
		this.counts.sent++;
		this.counts.bytesSent += bytes.length;
	}

	/** The system has refused after all what it had taken. */
	untake(bytes: Uint8Array): void {
		this.counts.sent--;
		this.counts.bytesSent -= bytes.length;
		this.counts.unsent++;
	}
}
