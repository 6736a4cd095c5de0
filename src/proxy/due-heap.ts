/** Whoever waits in a {@link DueHeap}. */
export interface Due {
	wake(now: number): void;
}
/** One place in the queue; only {@link DueHeap.cancel} wants it back. */
export interface DueEntry {
	readonly due: number;
	/** Null once it has been cancelled or woken. */
	who: Due | null;
}

/**
 * Timers of libuv count whole ms, so in the last one the event loop is kept turning:
 *
 *     setTimeout(floor)          poll nap poll nap … poll poll due
 *     ──────────────────────────┤ at most 1 ms       │ 0.15   │
 *
 * Between two polls that found nothing to do the thread sleeps for a moment. Whoever only spins has used up its share of a
 * busy CPU just when it is due, and is made to wait.
 */
const SPIN_MS = 1;
const NAP_MS = 0.05;
/** What is left for the system to wake us late. */
const AWAKE_MS = 0.15;
/** A turn of the event loop that took no longer than this had nothing to do. */
const IDLE_MS = 0.02;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** The one queue of due times of a process: a binary heap with one timer. Never wakes anybody early. */
export class DueHeap {
	private heap: DueEntry[] = [];
	private cancelled = 0;
	private timer: NodeJS.Timeout | null = null;
	private timerDue = Number.POSITIVE_INFINITY;
	private spinning = false;
	private spunAt = 0;
	private running = false;
	private readonly clock: { now(): number };

	constructor(clock: { now(): number }) {
		this.clock = clock;
	}

	get size(): number {
		return this.heap.length;
	}
	now(): number {
		return this.clock.now();
	}

	/** Wakes `who` at `due` ms of the run or a little later. Whoever is woken looks at what is due by now. */
	add(due: number, who: Due): DueEntry {
		const entry = { due, who };
		this.heap.push(entry);
		this.up(this.heap.length - 1);
		this.arm();
		return entry;
	}

	/** Wakes who is due by `now`, for callers that keep the event loop busy for long. */
	poll(now: number): void {
		if (this.running) return;
		this.running = true;
		try {
			for (let next = this.heap[0]; next && next.due <= now; next = this.heap[0]) {
				this.pop();
				const { who } = next;
				next.who = null;
				if (who) who.wake(now);
				else this.cancelled--;
			}
		} finally {
			this.running = false;
		}
	}

	/** Cancelled entries lie where they are until half of the heap is: then all go at once, so that one costs O(1) on average. */
	cancel(entry: DueEntry | null): void {
		if (!entry?.who) return;
		entry.who = null;
		if (++this.cancelled < 64 || this.cancelled * 2 < this.heap.length) return;
		this.cancelled = 0;
		// An array in order of time is a heap.
		this.heap = this.heap.filter((e) => e.who !== null).sort((a, b) => a.due - b.due);
	}

	private arm(): void {
		const next = this.heap[0];
		if (!next || this.spinning || next.due >= this.timerDue) return;
		if (this.timer) clearTimeout(this.timer);
		this.timer = null;
		this.timerDue = Number.POSITIVE_INFINITY;
		const left = next.due - this.clock.now();
		if (left <= SPIN_MS) {
			this.spin(left);
			return;
		}
		this.timerDue = next.due;
		// Node takes a longer timeout for 1 ms; this one wakes in vain, and is set anew.
		this.timer = setTimeout(this.run, Math.min(2 ** 31 - 1, Math.floor(left)));
		// Whoever waits has a socket open, and that keeps the process alive.
		this.timer.unref();
	}

	private spin(left: number): void {
		this.spinning = true;
		this.spunAt = left > AWAKE_MS ? this.clock.now() : Number.NEGATIVE_INFINITY;
		setImmediate(this.run);
	}

	private readonly run = (): void => {
		const spun = this.spinning;
		this.spinning = false;
		this.timer = null;
		this.timerDue = Number.POSITIVE_INFINITY;
		const now = this.clock.now();
		this.poll(now);
		const next = this.heap[0];
		if (spun && now - this.spunAt <= IDLE_MS && next && next.due - now > AWAKE_MS) Atomics.wait(nobody, 0, 0, NAP_MS);
		this.arm();
	};

	private pop(): void {
		const last = this.heap.pop() as DueEntry;
		if (this.heap.length === 0) return;
		this.heap[0] = last;
		for (let i = 0; ; ) {
			const left = 2 * i + 1;
			if (left >= this.heap.length) return;
			const child = left + 1 < this.heap.length && this.at(left + 1) < this.at(left) ? left + 1 : left;
			if (this.at(child) >= this.at(i)) return;
			this.swap(i, child);
			i = child;
		}
	}
	private up(from: number): void {
		for (let i = from; i > 0; ) {
			const parent = (i - 1) >> 1;
			if (this.at(parent) <= this.at(i)) return;
			this.swap(i, parent);
			i = parent;
		}
	}
	private at(i: number): number {
		return (this.heap[i] as DueEntry).due;
	}
	private swap(a: number, b: number): void {
		const entry = this.heap[a] as DueEntry;
		this.heap[a] = this.heap[b] as DueEntry;
		this.heap[b] = entry;
	}
}
