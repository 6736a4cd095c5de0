import type { MixEntry } from '../model/plan.js';
import type { Rng } from '../model/rng.js';

/**
 * Which entry of the mix request `n` uses, by the entries' relative shares. The draw is keyed by the ordinal, so it does
 * not depend on when, or in which order, requests are sent.
 */
export const mixer = (mix: readonly MixEntry[], random: Rng): ((n: number) => number) => {
	const total = mix.reduce((sum, entry) => sum + entry.share, 0);
	return (n) => {
		let left = random.fork(`mix ${n}`).next() * total;
		for (let i = 0; i < mix.length - 1; i++) {
			left -= mix[i]!.share;
			if (left < 0) return i;
		}
		return mix.length - 1;
	};
};
