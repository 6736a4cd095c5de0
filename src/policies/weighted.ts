import type { Policy } from './policy.js';
import { smoothStep } from './smooth.js';

/**
 * Smooth weighted round robin exactly as nginx (ngx_http_upstream_round_robin.c): weights 5,1,1 give a a b a c a a.
 * A failure takes w / max_fails off a node's effective weight (never below 0); each pick that considers it gives 1 back.
 */
export const weighted = (maxFails = 1): Policy => {
	const current: number[] = [];
	const lost: number[] = [];
	const weights: number[] = [];
	return {
		pick(candidates) {
			return smoothStep(candidates, current, ({ index, weight }) => {
				weights[index] = weight;
				const missing = lost[index] ?? 0;
				lost[index] = Math.max(0, missing - 1);
				return weight - missing;
			});
		},
		done(index, outcome) {
			const weight = weights[index];
			if (outcome.ok || weight === undefined) return;
			lost[index] = Math.min(weight, (lost[index] ?? 0) + Math.floor(weight / maxFails));
		},
	};
};
