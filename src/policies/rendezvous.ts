import { hash } from './hash.js';
import type { Candidate, Policy } from './policy.js';

/** Weighted rendezvous score −w / ln(u) with u the hash of key and node in (0, 1): the highest wins with chance w / Σw (Schindelhauer and Schomaker 2005). */
export const rendezvousScore = (key: string, { name, weight }: Pick<Candidate, 'name' | 'weight'>, seed = hash(name)): number =>
	-weight / Math.log((hash(key, seed) + 0.5) / 2 ** 32);

/** Highest random weight (Thaler and Ravishankar 1998): a key stays with its node; when that goes, its keys spread over all others and no other key moves. O(nodes). */
export const rendezvous = (): Policy => {
	const seeds: number[] = [];
	return {
		pick(candidates, rng, _now, key = String(rng.next())) {
			let best = 0;
			let highest = Number.NEGATIVE_INFINITY;
			for (const candidate of candidates) seeds[candidate.index] ??= hash(candidate.name);
			for (const [position, candidate] of candidates.entries()) {
				const score = rendezvousScore(key, candidate, seeds[candidate.index]);
				if (score <= highest) continue;
				highest = score;
				best = position;
			}
			return best;
		},
	};
};
