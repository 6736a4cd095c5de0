import type { Policy } from './policy.js';
import { smoothStep } from './smooth.js';

/** Slot-milliseconds that the mean of all nodes counts for, in each node's estimate. */
const PRIOR_MS = 1000;

interface Tally {
	successes: number;
	/** Integral of outstanding requests over time. */
	busyMs: number;
	pending: number;
	at: number;
}

/**
 * Shares in proportion to estimated throughput: successful completions per second of a slot that is kept busy
 * (completions ÷ ∫ outstanding dt), both decaying with τ. A slot is saturated while its request is outstanding, so this
 * is throughput under saturation; raw completions/s would reward whoever is busiest already (positive feedback).
 * An idle node's estimate drifts back to the mean, so it is tried again; a node that hangs or fails drifts to 0.
 */
export const maxThroughput = (tauMs = 10_000): Policy => {
	const tallies: Tally[] = [];
	const current: number[] = [];
	const advance = (index: number, now: number): Tally => {
		tallies[index] ??= { successes: 0, busyMs: 0, pending: 0, at: now };
		const tally = tallies[index];
		const passed = Math.max(0, now - tally.at);
		const kept = Math.exp(-passed / tauMs);
		tally.successes *= kept;
		// Exact integral of a constant number of busy slots under exponential forgetting.
		tally.busyMs = tally.busyMs * kept + tally.pending * tauMs * (1 - kept);
		tally.at = Math.max(tally.at, now);
		return tally;
	};
	const meanRate = (): number => {
		let successes = 0;
		let busyMs = 0;
		for (const tally of tallies) {
			successes += tally?.successes ?? 0;
			busyMs += tally?.busyMs ?? 0;
		}
		return busyMs > 0 ? successes / busyMs : 0;
	};
	return {
		pick(candidates, _rng, now) {
			for (const { index } of candidates) advance(index, now);
			const mean = meanRate();
			return smoothStep(candidates, current, ({ index, weight }) => {
				const tally = tallies[index] as Tally;
				return mean === 0 ? weight : (weight * (tally.successes / mean + PRIOR_MS)) / (tally.busyMs + PRIOR_MS);
			});
		},
		sent(index, now) {
			advance(index, now).pending += 1;
		},
		done(index, { ok, latencyMs, now }) {
			const tally = advance(index, now);
			tally.pending = Math.max(0, tally.pending - 1);
			if (ok) tally.successes += 1;
			// A failure costs at least what a success takes: failing fast is no throughput.
			else tally.busyMs += Math.max(0, (meanRate() > 0 ? 1 / meanRate() : PRIOR_MS) - latencyMs);
		},
	};
};
