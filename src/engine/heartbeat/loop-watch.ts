import { performance } from 'node:perf_hooks';

/** Timers count whole ms and wait for the poll before them: later than this is a stop. */
const LATE_MS = 5;

/**
 * How far the event loop can be trusted. At each tick the time and the loop's idle time are kept, of the last two ticks.
 * What lies between the older one and now and was not idle bounds how long a callback may have waited for its turn; and
 * a tick that comes late tells of a stop (SIGSTOP, a suspended machine, a blocked loop) that idle time does not show.
 */
export class LoopWatch {
	/** When the next tick is expected, ms; Infinity: none is. */
	expectedMs = Number.POSITIVE_INFINITY;
	private olderMs: number;
	private olderIdle: number;
	private newerMs: number;
	private newerIdle: number;
	private readonly idle: () => number;

	constructor(now: number, idle: () => number = () => performance.nodeTiming.idleTime) {
		this.idle = idle;
		this.olderMs = now;
		this.newerMs = now;
		this.olderIdle = idle();
		this.newerIdle = this.olderIdle;
	}

	/** A tick; returns by how much it is late. */
	tick(now: number): number {
		this.olderMs = this.newerMs;
		this.olderIdle = this.newerIdle;
		this.newerMs = now;
		this.newerIdle = this.idle();
		return Math.max(0, now - this.expectedMs);
	}

	/** At most so much of a duration that ends at `now` was spent waiting in our own loop, ms. */
	uncertaintyMs(now: number): number {
		const busy = now - this.olderMs - (this.idle() - this.olderIdle);
		const late = now - this.expectedMs;
		return Math.max(0, busy, late > LATE_MS ? late : 0);
	}
}
