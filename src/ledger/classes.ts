import { claimsWork, type Entry, endOf, receptions } from './entry.js';

/** What both sides together say of one request; each has exactly one class. */
export const LEDGER_CLASSES = ['ok-once', 'replayed', 'double-executed', 'ghost', 'late', 'lost', 'ambiguous', 'missed-retry', 'unfinished', 'untold'] as const;
export type LedgerClass = (typeof LEDGER_CLASSES)[number];

/**
 * Certainly executed after it was over for its client. An answer at the tap says when the work was over at the latest (a
 * frozen or delayed one passes long after the work), so there only an arrival after the client's end is proof.
 */
export const executedLate = (entry: Entry): boolean => {
	const end = endOf(entry);
	const arrivedBefore = (node: string): boolean => !entry.receipts.some((r) => r.node === node) || entry.receipts.some((r) => r.node === node && r.t <= end);
	return entry.executions.some((e) => e.t > end && (e.by === 'replica' || !arrivedBefore(e.node)));
};

export const classify = (entry: Entry): LedgerClass => {
	const done = entry.executions.length;
	if (done >= 2) return 'double-executed';
	if (entry.state === 'open') return 'unfinished';
	const got = receptions(entry);
	if (entry.state === 'untold') return got >= 2 ? 'replayed' : 'untold';
	if (entry.state === 'ok') {
		if (done === 0 && claimsWork(entry)) return 'lost';
		return got >= 2 ? 'replayed' : 'ok-once';
	}
	if (done === 1) return executedLate(entry) ? 'late' : 'ghost';
	return got >= 1 ? 'ambiguous' : 'missed-retry';
};
