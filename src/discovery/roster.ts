import { addressOf } from '../model/target.js';
import type { Listed } from './source.js';

/** The last good list of one source, and how good it still is. Times in ms of the caller's clock. */
export interface Roster {
	entries: readonly Listed[];
	/** When the source gave this list, or said that it is still so; null: it never gave one. */
	listedMs: number | null;
	/** Since when, and why, it cannot be asked; null: the list is fresh. */
	lost: { reason: string; sinceMs: number } | null;
	note: string | null;
}

export interface RosterChange {
	change: 'added' | 'removed' | 'changed';
	entry: Listed;
	/** What it was before, of a change. */
	was?: Listed;
}

export const EMPTY_ROSTER: Roster = { entries: [], listedMs: null, lost: null, note: null };

/** What makes two entries the same endpoint. */
export const entryKey = ({ target }: Listed): string =>
	target.protocol === 'exec' ? `exec:${target.host} ${target.path}` : `${target.protocol}://${addressOf(target)}${target.path}`;

const RANK = { up: 2, unknown: 1, down: 0 } as const;
const better = (a: Listed, b: Listed): Listed => {
	if (RANK[a.status] !== RANK[b.status]) return RANK[a.status] > RANK[b.status] ? a : b;
	return (a.backup ?? false) && !(b.backup ?? false) ? b : a;
};

/** Each endpoint once: the entry that gets more traffic stands for it. Two that share a name get their addresses as names. */
const unique = (entries: readonly Listed[]): Listed[] => {
	const byKey = new Map<string, Listed>();
	for (const entry of entries) {
		const known = byKey.get(entryKey(entry));
		byKey.set(entryKey(entry), known ? better(known, entry) : entry);
	}
	const names = new Map<string, number>();
	for (const { target } of byKey.values()) names.set(target.name, (names.get(target.name) ?? 0) + 1);
	return [...byKey.values()].map((entry) =>
		names.get(entry.target.name) === 1 ? entry : { ...entry, target: { ...entry.target, name: `${entry.target.name}@${addressOf(entry.target)}` } },
	);
};

const same = (a: Listed, b: Listed): boolean => {
	const { target: s, ...x } = a;
	const { target: r, ...y } = b;
	return (
		x.status === y.status && x.detail === y.detail && (x.backup ?? false) === (y.backup ?? false) && JSON.stringify(sorted(s)) === JSON.stringify(sorted(r))
	);
};
const sorted = (value: object): unknown[] => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

/** The source gave a list. One that is told again changes nothing. Whether an empty one is an answer was decided before. */
export const rosterListed = (before: Roster, entries: readonly Listed[], now: number, note?: string): { roster: Roster; changes: RosterChange[] } => {
	const after = unique(entries);
	const known = new Map(before.entries.map((entry) => [entryKey(entry), entry]));
	const changes: RosterChange[] = [];
	for (const entry of after) {
		const was = known.get(entryKey(entry));
		known.delete(entryKey(entry));
		if (!was) changes.push({ change: 'added', entry });
		else if (!same(was, entry)) changes.push({ change: 'changed', entry, was });
	}
	for (const entry of known.values()) changes.push({ change: 'removed', entry });
	return { roster: { entries: after, listedMs: now, lost: null, note: note ?? null }, changes };
};

/** The source is gone: its last good list stays. The outage began with its first reason; the latest one is told. */
export const rosterLost = (before: Roster, reason: string, now: number): Roster => ({
	...before,
	lost: { reason, sinceMs: before.lost?.sinceMs ?? now },
});
