import { Edf } from './edf.js';
import type { Policy } from './policy.js';

/** Weighted round robin by earliest deadline: exact shares without bursts, and a start of its own per client (gRPC A58, Envoy's round robin). */
export const weightedEdf = (): Policy => {
	const edf = new Edf();
	return { pick: (candidates, rng) => edf.step(candidates, rng, ({ weight }) => weight) };
};
