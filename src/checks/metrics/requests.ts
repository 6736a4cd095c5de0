import type { Metric } from '../view.js';

/** Logical requests of the window whose end is known. */
export const requests: Metric = (_view, window) => {
	const n = window.settled.length;
	return { value: n, lo: n, hi: n, exposure: n, kind: 'rate', observedBy: 'client', evidence: [] };
};
