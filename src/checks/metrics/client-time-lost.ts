import { round, unseen } from '../measure.js';
import { quantile } from '../statistics.js';
import type { Metric } from '../view.js';
import { latencies, latencyOf } from './latency.js';

/** Σ (latency − baseline median) over the fault's requests: stalls that end in success count too. Differences below the median count as negative, so that noise cancels. */
export const clientTimeLost: Metric = (view, window) => {
	const median = quantile(latencies(view.baseline.settled), 0.5)?.value;
	if (median === undefined) return unseen('time', 'client', 'no baseline to compare with');
	if (window.settled.length === 0) return unseen('time', 'client', `no request in the ${window.name}`);
	const sum = round(window.settled.reduce((total, e) => total + latencyOf(e) - median, 0));
	const open = window.entries.length - window.settled.length;
	return {
		value: sum,
		lo: sum,
		hi: open > 0 ? null : sum,
		exposure: view.ledger.faults.length,
		kind: 'time',
		observedBy: 'client',
		evidence: [],
		...(open > 0 ? { why: `${open} requests were cut off while they waited` } : {}),
	};
};
