import { type Entry, endOf } from './entry.js';
import type { FaultSpan } from './faults.js';
import type { Ledger } from './join.js';

/** A population of requests, and the stretches of time (half-open, on the run's clock) that it belongs to. */
export interface Window {
	name: 'baseline' | 'fault' | 'before the fault' | 'after the fault';
	entries: readonly Entry[];
	/** The same without those of which nobody knows how they ended. */
	settled: readonly Entry[];
	spans: readonly Span[];
}
export interface Span {
	fromMs: number;
	toMs: number;
}

/** From the last well instant to the first sign of health. Where nobody saw it begin or end, the widest stretch it may have had. */
export const spanOf = (fault: FaultSpan, ledger: Ledger): Span => ({
	fromMs: fault.effectiveMs ?? fault.intendedMs,
	toMs: fault.healedMs ?? ledger.slice.endMs,
});

/** Requests whose [sent, end] meets a fault: those in flight when it struck belong to it. */
export const faultWindow = (ledger: Ledger): Window => {
	const { fault, after } = ledger.slice.phases;
	const spans =
		ledger.faults.length > 0 ? ledger.faults.map((f) => spanOf(f, ledger)) : fault === undefined ? [] : [{ fromMs: fault, toMs: after ?? ledger.slice.endMs }];
	return window('fault', ledger, spans, (entry) => spans.some((s) => meets(entry, s)));
};

/** Intended after the warm-up and over before the first fault. */
export const baselineWindow = (ledger: Ledger): Window => {
	const { phases, startMs, trafficEndMs } = ledger.slice;
	const fromMs = phases.baseline ?? startMs;
	const toMs = Math.min(phases.fault ?? trafficEndMs, ...ledger.faults.map((f) => spanOf(f, ledger).fromMs));
	const struckMs = Math.min(trafficEndMs, ...ledger.faults.map((f) => spanOf(f, ledger).fromMs));
	const span = { fromMs, toMs: Math.max(fromMs, toMs) };
	return window('baseline', ledger, [span], (entry) => entry.request.t >= fromMs && entry.request.t < toMs && endOf(entry) < struckMs);
};

/** From the baseline on everything that met no fault: what was over before the first one began, and the rest. */
export const outsideWindows = (ledger: Ledger, inFault: Window): Window[] => {
	const fromMs = ledger.slice.phases.baseline ?? ledger.slice.startMs;
	const struckMs = Math.min(...inFault.spans.map((s) => s.fromMs));
	const met = new Set(inFault.entries);
	const outside = (entry: Entry): boolean => !met.has(entry) && entry.request.t >= fromMs;
	return [
		window('before the fault', ledger, [], (entry) => outside(entry) && entry.request.t < struckMs),
		window('after the fault', ledger, [], (entry) => outside(entry) && entry.request.t >= struckMs),
	];
};

export const meets = (entry: Entry, span: Span): boolean => entry.request.sentMs <= span.toMs && endOf(entry) >= span.fromMs;

export const within = (t: number, spans: readonly Span[]): boolean => spans.some((s) => t >= s.fromMs && t < s.toMs);

const window = (name: Window['name'], ledger: Ledger, spans: readonly Span[], belongs: (entry: Entry) => boolean): Window => {
	const entries = ledger.entries.filter(belongs);
	return { name, entries, settled: entries.filter((e) => e.state === 'ok' || e.state === 'failed'), spans };
};
