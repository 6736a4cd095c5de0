import { heard, type Load } from './load.js';
import type { Policy } from './policy.js';

/** Takes the node with the least load per weight of all; ties are broken at random, since a fixed order herds on the first. */
export const least = (load: Load): Policy => ({
	pick(candidates, rng, now) {
		let best = 0;
		let bestLoad = Number.POSITIVE_INFINITY;
		let ties = 0;
		for (const [position, { index, weight }] of candidates.entries()) {
			const cost = load.of(index, now) / weight;
			if (cost > bestLoad) continue;
			ties = cost < bestLoad ? 1 : ties + 1;
			bestLoad = cost;
			// Reservoir sampling: the k-th of equals replaces the former with chance 1/k.
			if (ties === 1 || rng.next() * ties < 1) best = position;
		}
		return best;
	},
	sent: (index, now) => load.sent(index, now),
	done: (index, outcome) => load.done(index, outcome),
	...heard(load),
});
