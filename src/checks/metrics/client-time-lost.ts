import type { Entry } from '../../ledger/entry.js';
import { round, unseen } from '../measure.js';
import { quantile } from '../statistics.js';
import type { Metric } from '../view.js';
import { latencies, latencyOf } from './latency.js';

/**
 * Σ (latency − baseline median of the same mix entry) over the fault's requests: stalls that end in success count too.
 * Good answers below the median count as negative, so that noise cancels; a failure that came fast repays nobody.
 */
export const clientTimeLost: Metric = (view, window) => {
	const { settled } = view.baseline;
	const all = quantile(latencies(settled), 0.5)?.value;
	if (all === undefined) return unseen('time', 'client', 'no baseline to compare with');
	if (window.settled.length === 0) return unseen('time', 'client', `no request in the ${window.name}`);
	const medians = new Map<number, number>();
	for (const mix of new Set(window.settled.map((e) => e.request.mix))) {
		medians.set(mix, quantile(latencies(settled.filter((e) => e.request.mix === mix)), 0.5)?.value ?? all);
	}
	const lostBy = (e: Entry): number => {
		const beyond = latencyOf(e) - (medians.get(e.request.mix) as number);
		return e.state === 'failed' ? Math.max(0, beyond) : beyond;
	};
	const sum = round(
		Math.max(
			0,
			window.settled.reduce((total, e) => total + lostBy(e), 0),
		),
	);
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
