import { type Entry, receptions } from '../../ledger/entry.js';
import { missing } from '../../ledger/slice.js';
import type { Measure } from '../../model/run.js';
import { idsOf, unseen } from '../measure.js';
import { executionsSeenBy, exposed, type Metric, stolenIds, type View } from '../view.js';

interface Proof {
	/** Requests that were looked at. */
	among: readonly Entry[];
	/** Requests that could have been wrong. */
	chances: readonly Entry[];
	/** Requests that were. */
	found: readonly Entry[];
	observedBy: string;
	/** Why there may be more than were seen; undefined: all were seen. */
	blind?: string | undefined;
}

/** A count of proven counter-examples: what was found is certain, that there are no more only if nobody was blind. */
export const proven = (view: View, { among, chances, found, observedBy, blind }: Proof): Measure => {
	const n = found.length;
	const unhealed = view.ledger.faults.find((f) => f.healedMs === null);
	const waiting = unhealed ? `${unhealed.target} was not seen to heal, so what waited there was not seen` : undefined;
	const limit = view.uncorrelated?.why ?? missing(view.ledger.slice) ?? waiting ?? blind;
	const methods = new Set(among.map((e) => e.request.method));
	const strays = view.ledger.strays.filter((r) => methods.has(r.method)).length;
	const exposure = new Set([...chances, ...found]).size;
	if (view.uncorrelated && n === 0) return unseen('hard', observedBy, view.uncorrelated.why, exposure);
	return {
		value: n,
		lo: Math.max(0, n - stolenIds(view, found)),
		hi: limit === undefined ? n + strays : null,
		exposure,
		kind: 'hard',
		observedBy,
		evidence: idsOf(found),
		...(limit !== undefined ? { why: limit } : strays > 0 ? { why: `${strays} receipts join no request, and may be of these` } : {}),
	};
};

export const TAP_ONLY = 'seen by taps alone: a replica without its own ledger may have executed what it did not answer';

/** Counts by executions: a zero proves something only where the replicas themselves kept a ledger. */
export const provenByExecutions = (view: View, chances: readonly Entry[], seen: readonly Entry[], found: readonly Entry[]): Measure => {
	const observedBy = executionsSeenBy(view, seen);
	return proven(view, { among: seen, chances, found, observedBy, blind: observedBy === 'tap' ? TAP_ONLY : undefined });
};

const nonIdempotent = (entries: readonly Entry[]): Entry[] => entries.filter((e) => !e.request.idempotent);
const executedTwice = (e: Entry): boolean => e.executions.length >= 2;
const receivedTwice = (e: Entry): boolean => receptions(e) >= 2;

/** Requests that replicas received more than once. */
export const replayed: Metric = (view, { entries }) =>
	proven(view, { among: entries, chances: exposed(view, entries), found: entries.filter(receivedTwice), observedBy: receiver(view) });

/** Arrivals are told by taps; without taps, by the replicas' own ledgers. */
const receiver = (view: View): string => (view.ledger.receipts.length > 0 ? 'tap' : 'replica');

/** Requests that replicas executed more than once. */
export const doubleExecuted: Metric = (view, { entries }) => provenByExecutions(view, exposed(view, entries), entries, entries.filter(executedTwice));

/** Non-idempotent requests received or executed more than once. */
export const nonIdempotentReplayed: Metric = (view, { entries }) => {
	const mine = nonIdempotent(entries);
	const observedBy = mine.some(executedTwice) && executionsSeenBy(view, mine) === 'replica' ? 'replica' : receiver(view);
	return proven(view, { among: mine, chances: exposed(view, mine), found: mine.filter((e) => receivedTwice(e) || executedTwice(e)), observedBy });
};

/** Non-idempotent requests executed more than once. */
export const nonIdempotentDoubleExecuted: Metric = (view, { entries }) => {
	const mine = nonIdempotent(entries);
	return provenByExecutions(view, exposed(view, mine), mine, mine.filter(executedTwice));
};
