/** The share of chance that a one-sided limit leaves: 95 % confidence everywhere. */
const ALPHA = 0.05;
/** The standard normal deviate that leaves {@link ALPHA} above it. */
const Z = 1.644854;
/** Beyond this variance the binomial is normal, with its skew, to within one rank. */
const NORMAL_FROM = 2500;

/** ln Γ(x), Lanczos' approximation (g = 7, 9 terms); relative error below 1e-13 for x > 0. */
export const logGamma = (x: number): number => {
	const c = [
		0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
		9.9843695780195716e-6, 1.5056327351493116e-7,
	];
	const t = x + 6.5;
	let sum = c[0] as number;
	for (let i = 1; i < c.length; i++) sum += (c[i] as number) / (x - 1 + i);
	return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
};

/** P(B ≤ k) for B ~ Binomial(n, p), summed from the nearer tail. */
export const binomialCdf = (k: number, n: number, p: number): number => {
	if (k < 0) return 0;
	if (k >= n) return 1;
	const logTerm = (i: number): number => logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1) + i * Math.log(p) + (n - i) * Math.log1p(-p);
	const below = k < n * p;
	let sum = 0;
	for (let i = below ? k : k + 1; below ? i >= 0 : i <= n; i += below ? -1 : 1) {
		const term = Math.exp(logTerm(i));
		sum += term;
		if (term < sum * 1e-16) break;
	}
	return below ? Math.min(1, sum) : Math.max(0, 1 - sum);
};

/** How many samples the upper limit of a quantile needs: 299 for p99, 2995 for p99.9, 5 for the median. */
export const needForQuantile = (q: number): number => Math.ceil(Math.log(ALPHA) / Math.log(q) - 1e-9);

/** Ranks count from 1, in ascending order. */
export interface QuantileRanks {
	/** The nearest-rank sample quantile. */
	at: number;
	/** Each holds with 95 % confidence; null where n is too small for such a limit. */
	lo: number | null;
	hi: number | null;
}

/** The first rank in [from, to] that holds; the condition holds from some rank on. */
const first = (from: number, to: number, holds: (rank: number) => boolean): number => {
	let low = from;
	let high = to;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		if (holds(middle)) high = middle;
		else low = middle + 1;
	}
	return low;
};

/** The nearest rank of a quantile of n ≥ 1 samples, without its limits: those take time where n is in the thousands. */
export const quantileRank = (n: number, q: number): number => Math.min(n, Math.max(1, Math.ceil(q * n - 1e-9)));

/**
 * Where a quantile of n ≥ 1 samples stands, and its distribution-free limits by order statistics: the i-th of n lies
 * above the quantile q with probability P(Binomial(n, q) ≤ i − 1).
 */
export const quantileRanks = (n: number, q: number): QuantileRanks => {
	const at = quantileRank(n, q);
	const variance = n * q * (1 - q);
	if (variance > NORMAL_FROM) {
		// Cornish and Fisher's first term corrects for the skew.
		const skew = ((Z * Z - 1) * (1 - 2 * q)) / 6;
		const half = Z * Math.sqrt(variance);
		return { at, lo: Math.floor(q * n - half + skew - 0.5), hi: Math.ceil(q * n + half + skew + 0.5) + 1 };
	}
	const surelyAbove = (rank: number): boolean => binomialCdf(rank - 1, n, q) >= 1 - ALPHA;
	const surelyBelow = (rank: number): boolean => binomialCdf(rank - 1, n, q) <= ALPHA;
	const hi = surelyAbove(n) ? first(at, n, surelyAbove) : null;
	const lo = surelyBelow(1) ? first(1, at + 1, (rank) => !surelyBelow(rank)) - 1 : null;
	return { at, lo, hi };
};
