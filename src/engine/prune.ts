import { existsSync, lstatSync, rmSync } from 'node:fs';
import { readJournals } from '../custody/heal.js';
import { listRuns, type RunFolder } from '../platform/run-folder.js';

export interface PruneWish {
	/** So many of the newest stay. Absent: none for being new. */
	keep?: number;
	/** Only what began longer ago goes. Absent: however young. */
	olderMs?: number;
	/** Wall clock, as run ids are made from it. */
	nowMs: number;
}

export interface Pruned {
	removed: string[];
	kept: number;
	/** Those that would have gone, and why they stay. */
	spared: { run: string; why: string }[];
}

/** A run that has only just begun has neither a journal nor a result. */
const YOUNG_MS = 3_600_000;

/** When a run began, by its id: `20261123-191348-w9nq` is UTC. */
export const beganMs = (id: string): number => {
	const [, y, mo, d, h, mi, s] = (/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id) ?? []).map(Number);
	return Date.UTC(y as number, (mo as number) - 1, d, h, mi, s);
};

/** Pure: which of these (oldest first) are to go. With both wishes, those that both let go. */
export const toPrune = (ids: readonly string[], { keep, olderMs, nowMs }: PruneWish): string[] =>
	ids.slice(0, Math.max(0, ids.length - (keep ?? 0))).filter((id) => olderMs === undefined || nowMs - beganMs(id) > olderMs);

/** Removes old runs of `baseDir` for good: never one whose daruma lives, or that still owes an undo, and nothing that is not the folder of a run. */
export const prune = (baseDir: string, wish: PruneWish, dryRun: boolean): Pruned => {
	const runs = listRuns(baseDir);
	const journals = new Map(readJournals(baseDir).map(({ run, state }) => [run, state]));
	const wanted = new Set(
		toPrune(
			runs.map((run) => run.id),
			wish,
		),
	);
	const found: Pruned = { removed: [], kept: runs.length - wanted.size, spared: [] };
	for (const run of runs) {
		if (!wanted.has(run.id)) continue;
		const why = reasonToSpare(run, journals.get(run.id), wish.nowMs);
		if (why !== null) {
			found.spared.push({ run: run.id, why });
			continue;
		}
		if (!dryRun) rmSync(run.path, { recursive: true, force: true });
		found.removed.push(run.id);
	}
	return found;
};

const reasonToSpare = (run: RunFolder, state: 'closed' | 'running' | 'unfinished' | undefined, nowMs: number): string | null => {
	if (!lstatSync(run.path).isDirectory()) return 'it is no folder';
	if (![run.history, run.plan, run.journal, run.result].some(existsSync)) return 'it is not the folder of a run';
	if (state === 'running') return 'it is still running';
	if (state === 'unfinished') return 'it may have left something unhealed: daruma heal';
	if (state === undefined && !existsSync(run.result) && nowMs - beganMs(run.id) < YOUNG_MS) return 'it may only just have begun';
	return null;
};
