import type { Policy } from './policy.js';

/** `c++ mod n` over the eligible nodes, from a random start: else every client of a fleet would meet the first node first. */
export const roundRobin = (): Policy => {
	let next: number | undefined;
	return {
		pick(candidates, rng) {
			next ??= Math.floor(rng.next() * candidates.length);
			const position = next % candidates.length;
			next += 1;
			return position;
		},
	};
};
