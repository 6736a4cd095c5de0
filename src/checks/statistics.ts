import { logGamma, quantileRanks } from '../model/order-statistics.js';

export { binomialCdf, logGamma, needForQuantile } from '../model/order-statistics.js';

/** The share of chance that a one-sided limit leaves: 95 % confidence everywhere. */
const ALPHA = 0.05;
const Z = 1.959964;

export interface Interval {
	lo: number;
	hi: number;
}

/**
 * 95 % interval of a share: Wilson's score interval (1927); where nothing, or everything, happened in n, the exact
 * one-sided limit 1 − 0.05^(1/n) (Clopper and Pearson 1934), which is about 3/n.
 */
export const shareInterval = (hits: number, n: number): Interval => {
	if (n <= 0) return { lo: 0, hi: 1 };
	if (hits <= 0) return { lo: 0, hi: upperOfZero(n) };
	if (hits >= n) return { lo: ALPHA ** (1 / n), hi: 1 };
	const p = hits / n;
	const scale = 1 + (Z * Z) / n;
	const centre = (p + (Z * Z) / (2 * n)) / scale;
	const half = (Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n))) / scale;
	return { lo: Math.max(0, centre - half), hi: Math.min(1, centre + half) };
};

/** What "never in n" proves: the share is below this, with 95 % confidence. */
export const upperOfZero = (n: number): number => (n <= 0 ? 1 : 1 - ALPHA ** (1 / n));

/** The smallest n at which "never in n" proves a share of at most `share`. */
export const needForZero = (share: number): number =>
	share <= 0 ? Number.POSITIVE_INFINITY : share >= 1 ? 1 : Math.ceil(Math.log(ALPHA) / Math.log1p(-share) - 1e-9);

/**
 * A quantile of a sample with its limits by order statistics (distribution-free): each limit holds with 95 %
 * confidence, and is null where the sample is too small for one (the upper limit of p99 needs n ≥ 299). `sorted`
 * ascends. The value is the nearest-rank sample quantile.
 */
export const quantile = (sorted: readonly number[], q: number): { value: number; lo: number | null; hi: number | null } | null => {
	if (sorted.length === 0) return null;
	const { at, lo, hi } = quantileRanks(sorted.length, q);
	const value = (rank: number): number => sorted[rank - 1] as number;
	return { value: value(at), lo: lo === null ? null : value(lo), hi: hi === null ? null : value(hi) };
};

/** P(χ² ≥ x) with `degrees` of freedom: the regularized upper incomplete gamma function Q(k/2, x/2). */
export const chiSquareTail = (x: number, degrees: number): number => {
	if (degrees <= 0 || x <= 0) return 1;
	const a = degrees / 2;
	const y = x / 2;
	const front = Math.exp(a * Math.log(y) - y - logGamma(a));
	if (y < a + 1) {
		let term = 1 / a;
		let sum = term;
		for (let n = 1; n < 10_000 && term > sum * 1e-15; n++) {
			term *= y / (a + n);
			sum += term;
		}
		return Math.max(0, 1 - front * sum);
	}
	// Lentz' continued fraction.
	let b = y + 1 - a;
	let c = 1e300;
	let d = 1 / b;
	let h = d;
	for (let i = 1; i < 10_000; i++) {
		const an = -i * (i - a);
		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		h *= d * c;
		if (Math.abs(d * c - 1) < 1e-15) break;
	}
	return Math.min(1, front * h);
};
