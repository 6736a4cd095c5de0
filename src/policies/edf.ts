import type { Rng } from '../model/rng.js';
import type { Candidate } from './policy.js';

/**
 * Earliest deadline first (gRPC A58, Envoy's EdfScheduler): a node's period is 1 / weight, the earliest deadline is
 * taken and put off by a period. The first deadline is drawn from [0, period], else all clients of a fleet would begin
 * with the same node. Weights may change from step to step; they count when the node is put back.
 */
export class Edf {
	private readonly deadlines: number[] = [];
	private time = 0;

	/** The position of the next one; `weight` above 0. */
	step(candidates: readonly Candidate[], rng: Rng, weight: (c: Candidate) => number): number {
		let best = 0;
		let earliest = Number.POSITIVE_INFINITY;
		for (let position = 0; position < candidates.length; position++) {
			const candidate = candidates[position] as Candidate;
			const known = this.deadlines[candidate.index];
			// Who was not offered for a while has saved no turns.
			const deadline = known === undefined ? this.time + rng.next() / weight(candidate) : Math.max(known, this.time);
			this.deadlines[candidate.index] = deadline;
			if (deadline >= earliest) continue;
			earliest = deadline;
			best = position;
		}
		const chosen = candidates[best] as Candidate;
		this.time = earliest;
		this.deadlines[chosen.index] = earliest + 1 / weight(chosen);
		return best;
	}
}
