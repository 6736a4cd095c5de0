import { Membership } from './hash-ring.js';
import { pendingLoad } from './load.js';
import type { Policy } from './policy.js';

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam 2018; HAProxy hash-balance-factor 125): no
 * node above ⌈c · (m + 1) · w / Σw⌉ of this client's m outstanding requests; a key whose node is full goes on clockwise.
 */
export const boundedLoad = (factor = 1.25): Policy => {
	const members = new Membership();
	const load = pendingLoad();
	return {
		pick(candidates, rng, now, key = String(rng.next())) {
			const { ring, position } = members.meet(candidates);
			let outstanding = 1;
			let weights = 0;
			for (const { index, weight } of candidates) {
				outstanding += load.of(index, now);
				weights += weight;
			}
			const fits = (index: number): boolean => {
				const at = position(index);
				const weight = candidates[at]?.weight;
				return weight !== undefined && load.of(index, now) + 1 <= Math.ceil((factor * outstanding * weight) / weights);
			};
			// By the pigeonhole principle somebody is below the bound.
			const found = ring.find(key, fits);
			return found === undefined ? 0 : position(found);
		},
		sent: (index, now) => load.sent(index, now),
		done: (index, outcome) => load.done(index, outcome),
	};
};
