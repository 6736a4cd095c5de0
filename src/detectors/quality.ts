import type { Detector } from './detector.js';
import type { Trace } from './trace.js';

/**
 * How good a failure detector is, in the metrics of Chen, Toueg and Aguilera (IEEE TC 51(5), 2002). A mistake is a time
 * in which it says down of a process that lives. Times in ms; null where there was none to measure.
 */
export interface Quality {
	/** T_D, from the crash to `down`: the mean over crashes at any instant between two heartbeats, and the longest (a crash right after one was sent). */
	detectMs: { mean: number | null; max: number | null };
	/** How many mistakes there were, and in how much time. */
	mistakes: number;
	observedMs: number;
	/** λ_M. */
	mistakesPerHour: number;
	/** E(T_M), how long a mistake lasts. */
	mistakeMs: number | null;
	/** E(T_MR), from one mistake to the next: the time observed over the mistakes in it. */
	recurrenceMs: number | null;
	/** E(T_G) = E(T_MR) − E(T_M): how long it is right at a stretch. */
	goodMs: number | null;
	/** P_A: the share of time in which it is right, 1 − E(T_M) / E(T_MR). */
	accuracy: number;
}

/** Sums of what was seen, to become a {@link Quality}. */
export class Tally {
	private detections = 0;
	private detectSum = 0;
	private detectMax = 0;
	private mistakes = 0;
	private wrongMs = 0;

	/** A crash was found so late: on average over its possible instants, and at the longest. */
	detected(meanMs: number, maxMs = meanMs): void {
		this.detections += 1;
		this.detectSum += meanMs;
		this.detectMax = Math.max(this.detectMax, maxMs);
	}

	mistaken(forMs: number): void {
		this.mistakes += 1;
		this.wrongMs += forMs;
	}

	quality(observedMs: number): Quality {
		const { mistakes, wrongMs, detections } = this;
		const none = mistakes === 0;
		return {
			detectMs: { mean: detections === 0 ? null : this.detectSum / detections, max: detections === 0 ? null : this.detectMax },
			mistakes,
			observedMs,
			mistakesPerHour: (mistakes * 3_600_000) / observedMs,
			mistakeMs: none ? null : wrongMs / mistakes,
			recurrenceMs: none ? null : observedMs / mistakes,
			goodMs: none ? null : (observedMs - wrongMs) / mistakes,
			accuracy: 1 - wrongMs / observedMs,
		};
	}
}

/** When silence from `now` on would make it `down`; Infinity: never. */
export const downAt = (detector: Detector, now: number): number => {
	let at = now;
	// A detector has few thresholds; one that names a time again and again would never end.
	for (let i = 0; i < 16; i++) {
		if (detector.state(at).state === 'down') return at;
		at = detector.next?.(at) ?? Number.POSITIVE_INFINITY;
		if (at === Number.POSITIVE_INFINITY) return at;
	}
	return Number.POSITIVE_INFINITY;
};

/**
 * A detector against a trace of heartbeats. After every heartbeat that came in ordinary time the process might have
 * crashed, at any instant until the next: T_D is measured at all of these. `warmUp` heartbeats are heard and not measured.
 */
export const heartbeatQuality = (detector: Detector, { spec, arrivals, ordinary }: Trace, warmUp = 1000): Quality => {
	const tally = new Tally();
	const eta = spec.intervalMs;
	const from = warmUp * eta;
	let down = Number.POSITIVE_INFINITY;
	let last = 0;
	for (let i = 0; i < spec.beats; i++) {
		const endMs = arrivals[i] as number;
		if (endMs === Number.POSITIVE_INFINITY) continue;
		const sentMs = i * eta;
		detector.heard({ sentMs, endMs, verdict: 'ok' });
		const again = downAt(detector, endMs);
		// A mistake goes on while a late heartbeat does not end it.
		if (down < endMs && again > endMs) {
			if (down >= from) tally.mistaken(endMs - down);
			down = again;
		} else if (down >= endMs) down = again;
		if (i >= warmUp && ordinary[i] === 1 && again < Number.POSITIVE_INFINITY) tally.detected(again - sentMs - eta / 2, again - sentMs);
		last = endMs;
	}
	return tally.quality(Math.max(1, last - from));
};
