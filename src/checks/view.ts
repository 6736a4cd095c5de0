import { type Entry, touched } from '../ledger/entry.js';
import type { Ledger } from '../ledger/join.js';
import { baselineWindow, faultWindow, meets, outsideWindows, spanOf, type Window, within } from '../ledger/windows.js';
import type { Measure } from '../model/run.js';

/** What metrics are pure functions of: the joined experiment, its populations, and how far each observer could see. */
export interface View {
	ledger: Ledger;
	baseline: Window;
	fault: Window;
	/** Everything else from the baseline on: a proof is a proof wherever it happened. */
	outside: readonly Window[];
	/** Why what servers saw cannot be joined with what clients saw; null if it can. */
	uncorrelated: Problem | null;
}

/** A window of {@link View}: metrics that compare with the baseline are also asked for the baseline itself. */
export type Metric = (view: View, window: Window) => Measure;

export interface Problem {
	why: string;
	next: string;
}

export const viewOf = (ledger: Ledger): View => {
	const baseline = baselineWindow(ledger);
	const fault = faultWindow(ledger);
	return { ledger, baseline, fault, outside: outsideWindows(ledger, fault), uncorrelated: correlation(ledger, baseline) };
};

const NEEDED = 0.999;
const HOW =
	'let x-daruma-id pass through the subject unchanged, or name where an id survives (traffic.correlate); encryption between it and the replicas hides ids';
const OWN = 'let your traffic send an id of its own with each request, and name it: --correlate "header x-request-id" (traffic.correlate)';

/**
 * Two-sided checks stand on ids that survive the subject: 99.9 % of the baseline's receipts must join a request, 99.9 %
 * of its good answers must have a receipt, and a replica's own ledger must know 99.9 % of what its tap received.
 */
const correlation = (ledger: Ledger, baseline: Window): Problem | null => {
	const own = ledger.plan.traffic.command !== undefined;
	if (ledger.opaque.length > 0) {
		const first = ledger.opaque[0]!;
		return { why: `${ledger.opaque.length} connections could not be read by the taps (${first.node}: ${first.why})`, next: HOW };
	}
	const receipts = ledger.receipts.filter((r) => within(r.t, baseline.spans));
	const strays = ledger.strays.filter((r) => within(r.t, baseline.spans)).length;
	if (receipts.length > 0 && strays > receipts.length * (1 - NEEDED)) {
		return { why: `${strays} of ${receipts.length} baseline receipts carry no id that joins a request`, next: own ? OWN : HOW };
	}
	const good = baseline.settled.filter((e) => e.state === 'ok');
	const unseen = good.filter((e) => e.receipts.length + e.received.length + e.executions.length === 0).length;
	if (good.length > 0 && unseen > good.length * (1 - NEEDED)) {
		return { why: `${unseen} of ${good.length} good baseline requests were seen at no replica`, next: `${HOW}; a cache in the subject hides requests too` };
	}
	const kept = (own ? baseline.entries : good).filter((e) => e.receipts.some((r) => ledger.keepsLedger(r.node, e.request.method)));
	const unknown = kept.filter((e) => e.received.length === 0 && !e.executions.some((x) => x.by === 'replica')).length;
	if (unknown > kept.length * (1 - NEEDED)) {
		return {
			why: `the replicas' own ledgers miss ${unknown} of ${kept.length} baseline requests that their taps received`,
			next: 'write the x-daruma-id of each request into its received and executed lines',
		};
	}
	return null;
};

/** 'replica' if the executions of all these requests come from the replicas' own ledgers; else only complete answers at the tap could tell. */
export const executionsSeenBy = (view: View, entries: readonly Entry[]): 'replica' | 'tap' => {
	const { keepsLedger } = view.ledger;
	let known = false;
	for (const { request, receipts, received } of entries) {
		for (const r of receipts) if (!keepsLedger(r.node, request.method)) return 'tap';
		known ||= receipts.length > 0 || received.length > 0;
	}
	return known ? 'replica' : 'tap';
};

/**
 * Where ids do not join, a subject may have sent one request under another's id. Each such theft leaves a request that
 * was answered well and seen nowhere, and that no receipt without a request explains: so many doubles prove nothing.
 */
export const stolenIds = ({ ledger, uncorrelated }: View, found: readonly Entry[]): number => {
	if (uncorrelated === null) return 0;
	let sum = 0;
	for (const method of new Set(found.map((e) => e.request.method))) {
		const unseen = ledger.entries.filter(
			(e) => e.state === 'ok' && e.request.method === method && e.receipts.length + e.received.length + e.executions.length === 0,
		);
		sum += Math.max(0, unseen.length - ledger.strays.filter((r) => r.method === method).length);
	}
	return sum;
};

/** Requests of a window that had a try at a faulty node before anybody began to mend it: the chances of a replay. */
export const exposed = (view: View, entries: readonly Entry[]): Entry[] => {
	const { faults } = view.ledger;
	const spans = faults.map((f) => ({
		nodes: new Set([f.target]),
		span: { ...spanOf(f, view.ledger), ...(f.healingMs === null ? {} : { toMs: f.healingMs }) },
	}));
	return entries.filter((entry) => spans.some(({ nodes, span }) => meets(entry, span) && touched(entry, nodes)));
};
