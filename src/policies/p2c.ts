import { heard, type Load, pendingLoad } from './load.js';
import type { Candidate, Policy } from './policy.js';

/** The power of two choices (Mitzenmacher 2001; gRPC A48): two distinct nodes at random, the less loaded (per weight) of them. */
export const p2c = (load: Load = pendingLoad()): Policy => ({
	pick(candidates, rng, now) {
		if (candidates.length === 1) return 0;
		const first = Math.floor(rng.next() * candidates.length);
		const draw = Math.floor(rng.next() * (candidates.length - 1));
		const second = draw < first ? draw : draw + 1;
		const cost = ({ index, weight }: Candidate): number => load.of(index, now) / weight;
		return cost(candidates[second] as Candidate) < cost(candidates[first] as Candidate) ? second : first;
	},
	sent: (index, now) => load.sent(index, now),
	done: (index, outcome) => load.done(index, outcome),
	...heard(load),
});
