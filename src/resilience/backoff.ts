import type { RetrySpec } from '../model/plan.js';

type Law = Pick<RetrySpec, 'baseMs' | 'maxMs' | 'jitter'>;

/** min(max, base · 2^(k−1)) before retry `k` (1 = the first retry), in ms, without jitter. */
export const exponential = (law: Law, k: number): number => Math.min(law.maxMs, law.baseMs * 2 ** (k - 1));

/**
 * How long to wait before retry `k`, in ms. Laws of the AWS architecture blog (as in Finagle's Backoff.scala), with
 * d = min(max, base · 2^(k−1)): none d · full U[0, d) · equal d/2 + U[0, d/2) · decorrelated min(max, U[base, 3 · previous)).
 * `previousMs` is the wait before retry k − 1 (ignored for the first); `draw` is uniform in [0, 1).
 */
export const backoff = (law: Law, k: number, previousMs: number, draw: number): number => {
	const d = exponential(law, k);
	switch (law.jitter) {
		case 'none':
			return d;
		case 'full':
			return draw * d;
		case 'equal':
			return d / 2 + (draw * d) / 2;
		case 'decorrelated': {
			const top = 3 * (k === 1 ? law.baseMs : Math.max(previousMs, law.baseMs));
			return Math.min(law.maxMs, law.baseMs + draw * (top - law.baseMs));
		}
	}
};

/** The least wait before retry `k` that the law can give: a retry earlier than this proves a violation. */
export const backoffMinimum = (law: Law, k: number): number => {
	switch (law.jitter) {
		case 'none':
			return exponential(law, k);
		case 'full':
			return 0;
		case 'equal':
			return exponential(law, k) / 2;
		case 'decorrelated':
			return Math.min(law.maxMs, law.baseMs);
	}
};
