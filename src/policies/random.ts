import type { Policy } from './policy.js';

/** Uniform over the eligible nodes. Better than round robin without health checks: it does not favour the successor of a dead node. */
export const random = (): Policy => ({
	pick: (candidates, rng) => Math.floor(rng.next() * candidates.length),
});
