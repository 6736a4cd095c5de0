import type { Rng } from '../../model/rng.js';

const DISTRIBUTIONS = ['uniform', 'normal', 'pareto'];
export const isDistribution = (name: unknown): boolean => DISTRIBUTIONS.includes(name as string);

/** Pareto with shape 3, as netem's table: mean 3/2, variance 3/4. */
const SHAPE = 3;
const MEAN = 1.5;
const DEVIATION = Math.sqrt(0.75);

/** The standard normal distribution function, to 7.5e-8 (Abramowitz and Stegun, 26.2.17). */
const normalShare = (z: number): number => {
	const t = 1 / (1 + 0.2316419 * Math.abs(z));
	const tail =
		(Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
	return z < 0 ? tail : 1 - tail;
};

/**
 * Draws of a jitter in units of itself: uniform in [-1, 1), or standard normal, or Pareto with mean 0 and deviation 1.
 * Correlated draws follow an autoregression of normal deviates that is then carried over to the distribution (a Gaussian
 * copula), so that correlation does not narrow the distribution, as it does in netem.
 */
export class CorrelatedJitter {
	private readonly chance: Rng;
	private last = 0;
	private begun = false;

	constructor(chance: Rng) {
		this.chance = chance;
	}

	/** `chance`: whose draws to take instead of the next of its own. */
	next(distribution: string, correlation: number, chance: Rng = this.chance): number {
		if (distribution === 'uniform' && correlation === 0) return chance.next() * 2 - 1;
		// Box and Muller; 1 - u is never 0.
		const fresh = Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());
		const z = this.begun ? correlation * this.last + Math.sqrt(1 - correlation * correlation) * fresh : fresh;
		this.begun = true;
		this.last = z;
		if (distribution === 'normal') return z;
		const share = normalShare(z);
		if (distribution === 'pareto') return (Math.max(1e-9, 1 - share) ** (-1 / SHAPE) - MEAN) / DEVIATION;
		return share * 2 - 1;
	}
}
