import { unseen } from '../measure.js';
import type { Metric } from '../view.js';
import { type EventTime, hadTraffic, worst } from './events.js';

/**
 * Fault healed → first client request at the healed node. Only requests sent after the heal count: a thawed node still
 * reads what had been waiting for it. A lone live re-probe counts, as it is a client's request that is served.
 */
export const failback: Metric = (view, _window) => {
	const { ledger } = view;
	const healed = ledger.faults.filter((f) => f.healedMs !== null && hadTraffic(ledger, f, view.baseline.spans[0]?.fromMs ?? 0));
	if (healed.length === 0) return unseen('time', 'tap', 'no fault was seen to heal on a node with traffic');
	if (view.uncorrelated) return unseen('time', 'tap', view.uncorrelated.why);
	const times = healed.map((fault): EventTime => {
		const from = fault.healedMs as number;
		const again = ledger.faults.filter((f) => f.target === fault.target && f.intendedMs > from).map((f) => f.intendedMs);
		const to = Math.min(ledger.slice.trafficEndMs, ...again);
		let first: { t: number; id: string } | undefined;
		for (const entry of ledger.entries) {
			if (entry.request.sentMs < from || entry.request.sentMs >= to) continue;
			for (const r of [...entry.receipts, ...entry.received]) {
				if (r.node === fault.target && (first === undefined || r.t < first.t)) first = { t: r.t, id: entry.request.id };
			}
		}
		if (!first)
			return { value: null, lo: Math.max(0, to - from), hi: null, why: `no client request at ${fault.target} between its heal and the end of traffic` };
		return { value: first.t - from, lo: first.t - from, hi: first.t - from, evidence: [first.id] };
	});
	return worst(times, 'tap', '');
};
