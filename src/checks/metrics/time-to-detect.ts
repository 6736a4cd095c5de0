import { tapSeesTries } from '../../ledger/faults.js';
import { round, unseen } from '../measure.js';
import type { Metric, View } from '../view.js';
import { witnessOf } from '../witness.js';
import { type EffectiveFault, type EventTime, effectiveFaults, hadTraffic, worst } from './events.js';

/** In every bin after the detection the faulty node gets at most this part of its fair share. */
const QUIET = 0.2;
/** A fair share of at least this many tries a bin, so that one isolated re-probe is not taken for routing. */
const MIN_FAIR = 1 / QUIET;

/**
 * Fault effective → last regular try at the faulty node. Bins of 1 s (longer where the load is low): detected from the
 * first bin on after which each holds at most 20 % of a fair share; within that bin, tries that follow each other
 * closely still are routing, isolated ones are re-probes. The interval ends at the next missed opportunity.
 */
export const timeToDetect: Metric = (view, window) => {
	const { ledger } = view;
	const faults = effectiveFaults(ledger).filter((f) => hadTraffic(ledger, f, view.baseline.spans[0]?.fromMs ?? 0));
	if (faults.length === 0) return unseen('time', 'tap', 'no fault was seen to take effect on a node with traffic');
	const witness = witnessOf(ledger, window.entries);
	if (view.uncorrelated && !witness) return unseen('time', 'tap', view.uncorrelated.why);
	const times = faults.map((f) => detect(view, f, witness !== null));
	return worst(times, witness === null ? 'tap' : witness === 'client' ? 'client' : 'witness', '');
};

const detect = ({ ledger }: View, fault: EffectiveFault, witnessed: boolean): EventTime => {
	const { effectiveMs: from, mendedMs: to } = fault;
	const inSpan = ({ t }: { t: number }): boolean => t >= from && t < to;
	const sure: number[] = [];
	const possible: number[] = [];
	for (const entry of ledger.entries) {
		for (const a of entry.attempts.filter(inSpan)) if (a.node === fault.target) sure.push(a.t);
		if (witnessed) for (const a of entry.attempts.filter(inSpan)) if (a.node === null) possible.push(a.t);
		if (entry.attempts.length === 0) for (const r of entry.receipts.filter(inSpan)) if (r.node === fault.target) sure.push(r.t);
	}
	const offered = ledger.entries.filter((e) => inSpan(e.request)).length;
	const length = to - from;
	if (length <= 0 || offered === 0) return { value: null, lo: null, hi: null, why: 'no request was sent while the fault lasted' };
	const gap = (length * ledger.nodes.length) / offered;
	const late = fault.seenMs - from;
	const least = lastRegular(sure, from, to, gap);
	const most = possible.length === 0 ? least : lastRegular([...sure, ...possible], from, to, gap);
	if (least === null) {
		const last = sure.reduce((max, t) => Math.max(max, t), from);
		const toTheEnd = to - last <= MIN_FAIR * gap;
		const why = toTheEnd ? `regular traffic still went to ${fault.target} when it was mended` : 'the fault was too short to tell the last tries from routing';
		// Only what was seen is proven: the last try, not the end of the fault.
		return { value: null, lo: Math.max(0, last - from - late), hi: null, why };
	}
	const lo = Math.max(0, least - from - late);
	if (!witnessed && !tapSeesTries(fault)) {
		const why = `nobody sees the tries at ${fault.target} during a ${fault.kind}: no witness counted them`;
		return { value: null, lo: sure.length === 0 ? null : lo, hi: null, why };
	}
	if (most === null) return { value: null, lo, hi: null, why: `the witness cannot say which node ${possible.length} of the tries went to` };
	return { value: round(least - from), lo, hi: most - from + gap };
};

/** The last try that was routing; `from` if there was none; null if routing went on to the end. `gap` is the mean time between tries of a fair share. */
export const lastRegular = (tries: readonly number[], from: number, to: number, gap: number): number | null => {
	const sorted = [...tries].sort((a, b) => a - b);
	const width = Math.max(1000, MIN_FAIR * gap);
	const bins = Math.max(1, Math.floor((to - from) / width + 0.5));
	const counts = new Array<number>(bins).fill(0);
	const binOf = (t: number): number => Math.min(bins - 1, Math.floor((t - from) / width));
	for (const t of sorted) counts[binOf(t)]! += 1;
	const lengthOf = (bin: number): number => (bin < bins - 1 ? width : to - from - width * (bins - 1));
	let quiet = bins;
	while (quiet > 0 && counts[quiet - 1]! <= Math.max(1, (QUIET * lengthOf(quiet - 1)) / gap)) quiet -= 1;
	if (quiet === bins) return null;
	let last = from;
	for (const t of sorted) {
		const bin = binOf(t);
		if (bin >= quiet && (bin > quiet || t - last > MIN_FAIR * gap)) break;
		last = t;
	}
	return last;
};
