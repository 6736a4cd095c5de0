import type { Clock } from '../model/clock.js';

const EVERY_MS = 1000;

/**
 * Brings times that a foreign program logged by wall clock to the run's own clock. The two are compared once a second,
 * since the wall clock is slewed and stepped by others; each time is judged by the comparison before it.
 */
export class WallClock {
	private readonly samples: { wall: number; run: number }[] = [];
	private readonly clock: Clock;
	private readonly timer: NodeJS.Timeout;
	constructor(clock: Clock) {
		this.clock = clock;
		this.sample();
		this.timer = setInterval(() => this.sample(), EVERY_MS);
		this.timer.unref();
	}
	/** `wallMs` since 1970 → ms on the run's clock. */
	readonly toRun = (wallMs: number): number => {
		let low = 0;
		for (let high = this.samples.length - 1; low < high; ) {
			const middle = Math.ceil((low + high) / 2);
			if ((this.samples[middle] as { wall: number }).wall <= wallMs) low = middle;
			else high = middle - 1;
		}
		const nearest = this.samples[low] as { wall: number; run: number };
		return nearest.run + wallMs - nearest.wall;
	};
	/** Did somebody set the wall clock (by more than a second) while we looked? Then logged times mean nothing. */
	stepped(): boolean {
		this.sample();
		return this.samples.some((s, i) => {
			const before = this.samples[i - 1];
			return before !== undefined && Math.abs(s.wall - before.wall - (s.run - before.run)) > 1000;
		});
	}
	stop(): void {
		clearInterval(this.timer);
	}
	/** Reads the one between two readings of the other, again if somebody took the processor from us in between. */
	private sample(): void {
		let best = { wall: 0, run: 0, gap: Number.POSITIVE_INFINITY };
		for (let i = 0; i < 5 && best.gap > 0.5; i++) {
			const before = this.clock.now();
			const wall = Date.now();
			const run = this.clock.now();
			if (run - before < best.gap) best = { wall, run, gap: run - before };
		}
		this.samples.push(best);
	}
}
