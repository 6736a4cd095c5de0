import { executedLate } from '../../ledger/classes.js';
import { claimsWork, type Entry, receptions } from '../../ledger/entry.js';
import { missing } from '../../ledger/slice.js';
import type { Measure } from '../../model/run.js';
import { idsOf, unseen } from '../measure.js';
import { executionsSeenBy, exposed, type Metric, type View } from '../view.js';
import { provenByExecutions } from './replays.js';

/** The client saw a failure, a replica executed it. */
export const ghost: Metric = (view, { entries }) =>
	provenByExecutions(
		view,
		exposed(view, entries),
		entries,
		entries.filter((e) => e.state === 'failed' && e.executions.length > 0),
	);

/** Executed after the request was over for its client: it had given up, or had its answer from elsewhere. */
export const late: Metric = (view, { entries }) => provenByExecutions(view, exposed(view, entries), entries, entries.filter(executedLate));

/**
 * Proof by absence needs every observer: what might have been seen under another id, or after a drain that was cut off,
 * takes certainty from each case.
 */
const byAbsence = (
	view: View,
	kind: Measure['kind'],
	observedBy: string,
	chances: readonly Entry[],
	found: readonly Entry[],
	/** What may have happened all the same, unseen, to all of them or to `doubtful` of them. */
	doubt: string | undefined,
	doubtful = doubt === undefined ? 0 : found.length,
	/** How many more there are if what joins no request belongs to them. */
	hidden = 0,
): Measure => {
	const exposure = chances.length;
	if (view.uncorrelated) return unseen(kind, observedBy, view.uncorrelated.why, exposure);
	const gap = missing(view.ledger.slice);
	const strays = view.ledger.strays.length;
	const n = found.length;
	const why = gap ?? (strays > 0 ? `${strays} receipts join no request and may belong to these` : doubt);
	return {
		value: n,
		lo: gap !== null ? 0 : Math.max(0, n - strays - doubtful),
		hi: gap === null ? n + hidden : null,
		exposure,
		kind,
		observedBy,
		evidence: idsOf(found),
		...(why === undefined ? {} : { why }),
	};
};

/** The client saw success, no replica executed it. */
export const lost: Metric = (view, { entries }) => {
	const ok = entries.filter(claimsWork);
	const found = ok.filter((e) => e.executions.length === 0);
	const observedBy = executionsSeenBy(view, ok);
	const unknown = found.filter((e) => e.receipts.some((r) => !view.ledger.keepsLedger(r.node, e.request.method)));
	const doubt = unknown.length > 0 ? 'a replica without its own ledger received it, and may have executed what it did not answer' : undefined;
	const measure = byAbsence(view, 'hard', observedBy, ok, found, doubt, unknown.length);
	// A whole answer at the tap is a bound from one side only: the replica may have answered and not done the work.
	return observedBy === 'tap' && found.length === 0 && measure.value !== null
		? { ...measure, hi: null, why: 'seen by taps alone: an answer does not prove that the work was done' }
		: measure;
};

/** The client saw a failure, a replica received it and did not execute it. */
export const ambiguous: Metric = (view, { entries, settled }) => {
	const found = settled.filter((e) => e.state === 'failed' && receptions(e) > 0 && e.executions.length === 0);
	const observedBy = executionsSeenBy(view, entries);
	const nowhere = settled.filter((e) => e.state === 'failed' && receptions(e) === 0 && e.executions.length === 0).length;
	const doubt = observedBy === 'tap' ? 'a replica without its own ledger may have executed what it did not answer' : undefined;
	return byAbsence(view, 'rate', observedBy, settled, found, doubt, doubt === undefined ? 0 : found.length, Math.min(nowhere, view.ledger.strays.length));
};

/** The client saw a failure though no replica had received the request: a retry was safe. */
export const missedRetry: Metric = (view, { settled }) => {
	const found = settled.filter((e) => e.state === 'failed' && receptions(e) === 0 && e.executions.length === 0);
	return byAbsence(view, 'rate', 'tap', settled, found, undefined);
};
