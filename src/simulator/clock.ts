import type { Cancel, Clock } from '../model/clock.js';

interface Due {
	at: number;
	/** Of one instant, what arrives comes before what has expired, as the live driver reads its sockets first. */
	rank: 0 | 1;
	order: number;
	fn: (() => void) | null;
}

const before = (a: Due, b: Due): boolean => (a.at !== b.at ? a.at < b.at : a.rank !== b.rank ? a.rank < b.rank : a.order < b.order);

/** Virtual time: a binary heap of what is due. Nothing happens between two entries, so a run of hours takes what its events take. */
export class VirtualClock implements Clock {
	private readonly heap: Due[] = [];
	private time: number;
	private order = 0;
	constructor(startMs = 0) {
		this.time = startMs;
	}

	now(): number {
		return this.time;
	}

	at(dueMs: number, fn: () => void): Cancel {
		return this.push(dueMs, 0, fn);
	}

	/** As `at`, but after everything else of the same instant. */
	limit(dueMs: number, fn: () => void): Cancel {
		return this.push(dueMs, 1, fn);
	}

	/** Runs what is due, in order, until `done` or nothing is left; false if nothing was left. */
	run(done: () => boolean): boolean {
		while (!done()) {
			const next = this.pop();
			if (!next) return false;
			if (!next.fn) continue;
			this.time = next.at;
			next.fn();
		}
		return true;
	}

	private push(dueMs: number, rank: Due['rank'], fn: () => void): Cancel {
		const due: Due = { at: Math.max(dueMs, this.time), rank, order: this.order++, fn };
		const { heap } = this;
		let hole = heap.push(due) - 1;
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			const above = heap[parent] as Due;
			if (!before(due, above)) break;
			heap[hole] = above;
			hole = parent;
		}
		heap[hole] = due;
		return () => {
			due.fn = null;
		};
	}

	private pop(): Due | undefined {
		const { heap } = this;
		const top = heap[0];
		const last = heap.pop();
		if (!top || !last || heap.length === 0) return top;
		let hole = 0;
		for (;;) {
			let child = hole * 2 + 1;
			if (child >= heap.length) break;
			if (child + 1 < heap.length && before(heap[child + 1] as Due, heap[child] as Due)) child += 1;
			const below = heap[child] as Due;
			if (!before(below, last)) break;
			heap[hole] = below;
			hole = child;
		}
		heap[hole] = last;
		return top;
	}
}
