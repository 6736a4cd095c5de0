import { idsOf, round, unseen } from '../measure.js';
import type { Metric } from '../view.js';

/** From the first to the last client error of the fault's requests and of all later ones, by intended time (client timeouts do not shift it). */
export const errorWindow: Metric = ({ ledger }, window) => {
	const began = Math.min(...window.spans.map((s) => s.fromMs));
	const inFault = new Set(window.entries);
	const seen = ledger.entries.filter((e) => e.state !== 'open' && (inFault.has(e) || e.request.t >= began));
	if (window.settled.length === 0) return unseen('time', 'client', `no request in the ${window.name}`);
	const failed = seen.filter((e) => e.state === 'failed');
	const base = { exposure: ledger.faults.length, kind: 'time', observedBy: 'client', evidence: idsOf(failed) } as const;
	const first = failed[0];
	const last = failed.at(-1);
	if (!first || !last) return { ...base, value: 0, lo: 0, hi: 0 };
	const value = round(last.request.t - first.request.t);
	const after = seen.find((e) => e.state === 'ok' && e.request.t > last.request.t);
	if (!after) return { ...base, value, lo: value, hi: null, why: 'errors went on until the end of traffic' };
	return { ...base, value, lo: value, hi: value };
};
