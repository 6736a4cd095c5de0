import type { State } from '../../detectors/detector.js';

/** It answers: perhaps not well, perhaps not just now. */
const serves = (state: State): boolean => state === 'up' || state === 'warning' || state === 'suspect';

/**
 * For how long an endpoint was in which state. Time in which nothing was known of it, or in which daruma itself stood
 * still, is counted neither for nor against it.
 */
export class Uptime {
	private state: State = 'unknown';
	private since: number;
	private upMs = 0;
	private knownMs = 0;

	constructor(now: number) {
		this.since = now;
	}

	change(state: State, now: number): void {
		this.settle(now);
		this.state = state;
	}

	/** We stood still until `now`. */
	paused(now: number, forMs: number): void {
		this.settle(Math.max(this.since, now - forMs));
		this.since = now;
	}

	/** 0 … 1; null: nothing is known yet. */
	share(now: number): number | null {
		const more = this.state === 'unknown' ? 0 : Math.max(0, now - this.since);
		const known = this.knownMs + more;
		return known <= 0 ? null : (this.upMs + (serves(this.state) ? more : 0)) / known;
	}

	private settle(now: number): void {
		const forMs = Math.max(0, now - this.since);
		this.since = now;
		if (this.state === 'unknown') return;
		this.knownMs += forMs;
		if (serves(this.state)) this.upMs += forMs;
	}
}
