import type { Rng } from '../model/rng.js';

/** One node as a chooser sees it now. Only eligible nodes are offered: ejected and excluded ones are filtered before. */
export interface Candidate {
	/** Stable index of the node in the cluster. */
	index: number;
	name: string;
	weight: number;
}

export interface Outcome {
	ok: boolean;
	latencyMs: number;
	/** When it was known, on the run's clock. */
	now: number;
}

/** Who is best? One instance serves one client; it hears of each send and each end. All pure: time comes in as an argument. */
export interface Policy {
	/** The position in `candidates` (not empty) to send to. */
	pick(candidates: readonly Candidate[], rng: Rng, now: number): number;
	sent?(index: number, now: number): void;
	done?(index: number, outcome: Outcome): void;
}
