import { idsOf, unseen } from '../measure.js';
import { shareInterval } from '../statistics.js';
import type { Metric } from '../view.js';

/** Share of the window's requests that were answered well within the client timeout. */
export const availability: Metric = (_view, window) => {
	const n = window.settled.length;
	if (n === 0) return unseen('rate', 'client', `no request in the ${window.name}`);
	const failed = window.settled.filter((e) => e.state === 'failed');
	return { value: (n - failed.length) / n, ...shareInterval(n - failed.length, n), exposure: n, kind: 'rate', observedBy: 'client', evidence: idsOf(failed) };
};
