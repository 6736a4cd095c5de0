import type { Cancel, Clock } from '../model/clock.js';

/** Nanoseconds of CLOCK_MONOTONIC now, as text: how a run's zero travels to its processes. */
export const monotonicNs = (): string => process.hrtime.bigint().toString();

/**
 * The real clock. `performance.now` starts at 0 in each process; hrtime is CLOCK_MONOTONIC, the same in all.
 * libuv truncates timers to whole ms and may fire up to 0.8 ms early, so `at` re-arms until the time has come.
 */
export class MonotonicClock implements Clock {
	private readonly zero: bigint;
	constructor(zeroNs: string) {
		this.zero = BigInt(zeroNs);
	}
	now(): number {
		return Number(process.hrtime.bigint() - this.zero) / 1e6;
	}
	at(dueMs: number, fn: () => void): Cancel {
		let timer: NodeJS.Timeout;
		const arm = (): void => {
			const left = dueMs - this.now();
			if (left <= 0) fn();
			else timer = setTimeout(arm, left);
		};
		timer = setTimeout(arm, Math.max(0, dueMs - this.now()));
		return () => clearTimeout(timer);
	}
}
