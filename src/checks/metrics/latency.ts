import type { Entry } from '../../ledger/entry.js';
import { round, unseen } from '../measure.js';
import { needForQuantile, quantile } from '../statistics.js';
import type { Metric } from '../view.js';

/** From the intended send time (no coordinated omission) to the moment the client learned, failures included. */
export const latencyOf = (entry: Entry): number => entry.request.endMs - entry.request.t;

/** Ascending latencies of the requests whose end is known. */
export const latencies = (entries: readonly Entry[]): number[] => entries.map(latencyOf).sort((a, b) => a - b);

const latency =
	(q: number): Metric =>
	(_view, window) => {
		const sorted = latencies(window.settled);
		const found = quantile(sorted, q);
		if (!found) return unseen('rate', 'client', `no request in the ${window.name}`);
		const slowest = window.settled.filter((e) => latencyOf(e) >= found.value).sort((a, b) => latencyOf(b) - latencyOf(a));
		return {
			value: round(found.value),
			lo: found.lo === null ? null : round(found.lo),
			hi: found.hi === null ? null : round(found.hi),
			exposure: sorted.length,
			kind: 'rate',
			observedBy: 'client',
			evidence: slowest.slice(0, 20).map((e) => e.request.id),
			...(found.hi === null ? { why: `an upper limit of this quantile needs ${needForQuantile(q)} requests, there were ${sorted.length}` } : {}),
		};
	};

export const p50 = latency(0.5);
export const p99 = latency(0.99);
