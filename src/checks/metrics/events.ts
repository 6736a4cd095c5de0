import type { FaultSpan } from '../../ledger/faults.js';
import type { Ledger } from '../../ledger/join.js';
import type { Measure } from '../../model/run.js';
import { round, unseen } from '../measure.js';

/** What one fault event says of a time; `value` null and `lo` a number: it did not happen within that long. */
export interface EventTime {
	value: number | null;
	lo: number | null;
	hi: number | null;
	why?: string;
	evidence?: string[];
}

/** One sample per fault event: the worst of them is the measure, and what one event could not show, the measure does not know. */
export const worst = (times: readonly EventTime[], observedBy: string, whyNone: string): Measure => {
	if (times.length === 0) return unseen('time', observedBy, whyNone);
	const max = (pick: (t: EventTime) => number | null): number | null => {
		const known = times.map(pick);
		return known.some((x) => x === null) ? null : round(Math.max(...(known as number[])));
	};
	const lows = times.map((t) => t.lo).filter((x): x is number => x !== null);
	const why = times.find((t) => t.why !== undefined && (t.value === null || t.hi === null))?.why;
	return {
		value: max((t) => t.value),
		lo: lows.length === 0 ? null : round(Math.max(...lows)),
		hi: max((t) => t.hi),
		exposure: times.length,
		kind: 'time',
		observedBy,
		evidence: times.flatMap((t) => t.evidence ?? []).slice(0, 20),
		...(why === undefined ? {} : { why }),
	};
};

export type EffectiveFault = FaultSpan & { effectiveMs: number; seenMs: number; mendedMs: number };

/** Faults that were seen to begin, each with the moment at which somebody began to mend it. */
export const effectiveFaults = (ledger: Ledger): EffectiveFault[] => {
	const { trafficEndMs } = ledger.slice;
	return ledger.faults.flatMap((f) => {
		if (f.effectiveMs === null) return [];
		const mendedMs = Math.min(f.healingMs ?? f.healedMs ?? trafficEndMs, trafficEndMs);
		return [{ ...f, effectiveMs: f.effectiveMs, seenMs: f.seenMs ?? f.effectiveMs, mendedMs }];
	});
};

/** Had this node any traffic that a fault could disturb? In the baseline, or a try during the fault. */
export const hadTraffic = (ledger: Ledger, fault: FaultSpan, baselineFromMs: number): boolean => {
	const from = fault.effectiveMs ?? fault.intendedMs;
	const to = fault.healedMs ?? ledger.slice.endMs;
	if (ledger.receipts.some((r) => r.node === fault.target && r.t >= baselineFromMs && r.t < to)) return true;
	return ledger.entries.some(
		(e) =>
			e.attempts.some((a) => a.node === fault.target && a.t >= from && a.t <= to) ||
			e.received.some((r) => r.node === fault.target && r.t >= baselineFromMs && r.t < to),
	);
};
