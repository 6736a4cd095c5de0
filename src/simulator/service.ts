/** How long a node works on a request, ms. `measured` draws from what was seen, evenly. */
export type Service =
	| { kind: 'constant'; meanMs: number }
	| { kind: 'normal'; meanMs: number; sdMs: number }
	| { kind: 'lognormal'; meanMs: number; sdMs: number }
	| { kind: 'exponential'; meanMs: number }
	/** Sorted, not empty. */
	| { kind: 'measured'; sortedMs: readonly number[] };

/** The time at quantile `u` in [0, 1), never negative. One uniform draw per request serves every policy, so that all meet the same work. */
export const serviceAt = (service: Service): ((u: number) => number) => {
	switch (service.kind) {
		case 'constant':
			return () => service.meanMs;
		case 'normal':
			return (u) => Math.max(0, service.meanMs + service.sdMs * normalQuantile(u));
		case 'lognormal': {
			// Moments of the logarithm from those of the time itself.
			const variance = Math.log(1 + (service.sdMs / service.meanMs) ** 2);
			const mean = Math.log(service.meanMs) - variance / 2;
			return (u) => Math.exp(mean + Math.sqrt(variance) * normalQuantile(u));
		}
		case 'exponential':
			return (u) => -Math.log(1 - u) * service.meanMs;
		case 'measured':
			return (u) => service.sortedMs[Math.floor(u * service.sortedMs.length)] as number;
	}
};

export const meanOf = (service: Service): number =>
	service.kind === 'measured' ? service.sortedMs.reduce((sum, ms) => sum + ms, 0) / service.sortedMs.length : service.meanMs;

const A = [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239];
const B = [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1];
const C = [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
const polynomial = (coefficients: readonly number[], x: number): number => coefficients.reduce((sum, c) => sum * x + c, 0);
const TAIL = 0.02425;

/** Inverse of the standard normal distribution function, relative error below 1.2e-9 (Acklam's rational approximation). */
export const normalQuantile = (u: number): number => {
	const p = Math.min(Math.max(u, 2 ** -33), 1 - 2 ** -33);
	if (p > 1 - TAIL) return -normalQuantile(1 - p);
	if (p < TAIL) {
		const q = Math.sqrt(-2 * Math.log(p));
		return polynomial(C, q) / polynomial(D, q);
	}
	const q = p - 0.5;
	return (q * polynomial(A, q * q)) / polynomial(B, q * q);
};
