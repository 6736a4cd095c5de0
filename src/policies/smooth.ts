import type { Candidate } from './policy.js';

/**
 * One step of nginx' smooth weighted round robin (ngx_http_upstream_get_peer): every candidate gains its effective
 * weight, the richest is taken (the first of equals) and pays the total. `current` is by node index. Returns the position.
 */
export const smoothStep = (candidates: readonly Candidate[], current: number[], effective: (c: Candidate) => number): number => {
	let total = 0;
	let best = 0;
	let bestWeight = Number.NEGATIVE_INFINITY;
	for (const [position, candidate] of candidates.entries()) {
		const gain = effective(candidate);
		const now = (current[candidate.index] ?? 0) + gain;
		current[candidate.index] = now;
		total += gain;
		if (now <= bestWeight) continue;
		best = position;
		bestWeight = now;
	}
	current[(candidates[best] as Candidate).index] = bestWeight - total;
	return best;
};
