import { type Entry, endOf, receptions } from './entry.js';

/** What both sides together say of one request; each has exactly one class. */
export const LEDGER_CLASSES = ['ok-once', 'replayed', 'double-executed', 'ghost', 'late', 'lost', 'ambiguous', 'missed-retry', 'unfinished'] as const;
export type LedgerClass = (typeof LEDGER_CLASSES)[number];

export const executedLate = (entry: Entry): boolean => entry.executions.some((e) => e.t > endOf(entry));

export const classify = (entry: Entry): LedgerClass => {
	const done = entry.executions.length;
	if (done >= 2) return 'double-executed';
	if (entry.state === 'open') return 'unfinished';
	const got = receptions(entry);
	if (entry.state === 'ok') {
		if (done === 0) return 'lost';
		return got >= 2 ? 'replayed' : 'ok-once';
	}
	if (done === 1) return executedLate(entry) ? 'late' : 'ghost';
	return got >= 1 ? 'ambiguous' : 'missed-retry';
};
