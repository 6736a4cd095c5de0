import type { Rng } from '../../model/rng.js';

const DISTRIBUTIONS = ['uniform', 'normal', 'pareto', 'table'];
const isDistribution = (name: unknown): boolean => DISTRIBUTIONS.includes(name as string);

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

/** Samples or quantiles in ms, comma-separated, in any order; null: that is no such list. Sorted. */
export const parseTable = (text: string): Float64Array | null => {
	const fields = text.split(',').map((field) => field.trim());
	if (!fields.every((field) => /^[+-]?(\d+\.?\d*|\.\d+)$/.test(field))) return null;
	return Float64Array.from(fields, Number).sort();
};

const abbreviated = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** A sentence if these settings make no sense together, else null. */
export const distributionObjection = (distribution: unknown, table: unknown = ''): string | null => {
	if (distribution !== undefined && !isDistribution(distribution)) return `distribution must be uniform, normal, pareto or table, not ${distribution}`;
	if (distribution === 'table' && table === '') return 'distribution table needs table: a comma-separated list of ms';
	if (table !== '' && !parseTable(table as string)) return `table must be a comma-separated list of ms, not ${abbreviated(table as string)}`;
	return null;
};

/** The quantile at this share of sorted samples, between two of them in proportion (Hyndman and Fan 1996, type 7). */
const quantile = (sorted: Float64Array, share: number): number => {
	const at = share * (sorted.length - 1);
	const below = sorted[Math.floor(at)] as number;
	return below + ((sorted[Math.ceil(at)] as number) - below) * (at % 1);
};

export interface Spread {
	readonly jitter: number;
	readonly distribution: string;
	readonly table: string;
	readonly correlation: number;
}

/**
 * Draws of a jitter: uniform in ± itself, or normal with it as deviation, or Pareto with mean 0 and it as deviation; or
 * from a table, whatever the jitter. Correlated draws follow an autoregression of normal deviates that is then carried
 * over to the distribution (a Gaussian copula), so that correlation does not narrow the distribution, as it does in netem.
 */
export class CorrelatedJitter {
	private readonly chance: Rng;
	private last = 0;
	private begun = false;
	private text = '';
	private table: Float64Array | null = null;

	constructor(chance: Rng) {
		this.chance = chance;
	}

	/** In ms. `chance`: whose draws to take instead of the next of its own. */
	next({ jitter, distribution, table, correlation }: Spread, chance: Rng = this.chance): number {
		if (distribution === 'table') return this.fromTable(table, correlation, chance);
		if (!(jitter > 0)) return 0;
		if (distribution === 'normal') return jitter * this.deviate(correlation, chance);
		const share = this.share(correlation, chance);
		if (distribution === 'pareto') return (jitter * (Math.max(1e-9, 1 - share) ** (-1 / SHAPE) - MEAN)) / DEVIATION;
		return jitter * (share * 2 - 1);
	}

	private fromTable(text: string, correlation: number, chance: Rng): number {
		if (text !== this.text) {
			this.text = text;
			this.table = parseTable(text);
		}
		return this.table ? quantile(this.table, this.share(correlation, chance)) : 0;
	}

	/** Uniform in [0, 1). */
	private share(correlation: number, chance: Rng): number {
		return correlation === 0 ? chance.next() : normalShare(this.deviate(correlation, chance));
	}

	/** Standard normal. */
	private deviate(correlation: number, chance: Rng): number {
		// Box and Muller; 1 - u is never 0.
		const fresh = Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());
		const z = this.begun ? correlation * this.last + Math.sqrt(1 - correlation * correlation) * fresh : fresh;
		this.begun = true;
		this.last = z;
		return z;
	}
}
