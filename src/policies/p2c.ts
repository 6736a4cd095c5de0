import type { Rng } from '../model/rng.js';
import { heard, type Load, pendingLoad } from './load.js';
import type { Candidate, Policy } from './policy.js';

/** `count` distinct positions below `n`, each set of them as likely as any other; one draw each. */
const distinct = (n: number, count: number, rng: Rng): number[] => {
	const drawn: number[] = [];
	for (let left = n; drawn.length < count; left--) {
		let position = Math.floor(rng.next() * left);
		// A draw among those that are left: step over what is taken, in rising order.
		for (const taken of [...drawn].sort((a, b) => a - b)) if (position >= taken) position += 1;
		drawn.push(position);
	}
	return drawn;
};

/** The power of d choices (Mitzenmacher 2001; gRPC A48): d distinct nodes at random, the least loaded (per weight) of them, the first drawn of equals. */
export const p2c = (load: Load = pendingLoad(), choices = 2): Policy => ({
	pick(candidates, rng, now) {
		const cost = ({ index, weight }: Candidate): number => load.of(index, now) / weight;
		let best = -1;
		let least = Number.POSITIVE_INFINITY;
		for (const position of distinct(candidates.length, Math.min(choices, candidates.length), rng)) {
			const own = cost(candidates[position] as Candidate);
			if (best >= 0 && own >= least) continue;
			best = position;
			least = own;
		}
		return best;
	},
	sent: (index, now) => load.sent(index, now),
	done: (index, outcome) => load.done(index, outcome),
	...heard(load),
});
