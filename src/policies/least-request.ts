import { Edf } from './edf.js';
import { pendingLoad } from './load.js';
import { p2c } from './p2c.js';
import type { Candidate, Policy } from './policy.js';

const even = (candidates: readonly Candidate[]): boolean => candidates.every(({ weight }) => weight === (candidates[0] as Candidate).weight);

/**
 * Envoy's least_request: equal weights are two choices by outstanding requests; unequal ones are weighted round robin
 * with weight / (outstanding + 1)^bias, so a busy node is asked less and never drained.
 */
export const leastRequest = (bias = 1): Policy => {
	const load = pendingLoad();
	const choice = p2c(load);
	const edf = new Edf();
	return {
		pick(candidates, rng, now) {
			if (even(candidates)) return choice.pick(candidates, rng, now);
			return edf.step(candidates, rng, ({ index, weight }) => weight / (load.of(index, now) + 1) ** bias);
		},
		sent: (index, now) => load.sent(index, now),
		done: (index, outcome) => load.done(index, outcome),
	};
};
