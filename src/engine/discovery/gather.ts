import { isSource, openSource } from '../../discovery/index.js';
import type { LiveRoster } from '../../discovery/live-roster.js';
import type { Clock } from '../../model/clock.js';
import { type DarumaError, stageError } from '../../model/errors.js';
import { parseTarget, shown, type Target } from '../../model/target.js';
import { parseAs } from './as.js';
import { ageMs } from './document.js';

/** A source that says nothing for so long is gone. */
export const SILENCE_MS = 10_000;

/** Resolves when the source has said anything, `forMs` have passed, or the signal is aborted. */
export const firstWord = async (roster: LiveRoster, clock: Clock, forMs: number, signal?: AbortSignal): Promise<void> => {
	let cancel = (): void => {};
	let stop = (): void => {};
	await Promise.race([
		roster.heard(),
		new Promise<void>((resolve) => {
			cancel = clock.at(clock.now() + forMs, resolve);
			stop = resolve;
			if (signal?.aborted) resolve();
			signal?.addEventListener('abort', stop, { once: true });
		}),
	]);
	cancel();
	signal?.removeEventListener('abort', stop);
};

/** Nothing was ever listed: exit 4. */
export const unreachable = (address: string, reason: string | undefined): DarumaError =>
	stageError(
		'E_SOURCE',
		`${shown(address)}: ${reason ?? `it said nothing within ${SILENCE_MS} ms`}`,
		'?last=FILE in the address keeps the last good list for such a time',
	);

export interface GatherOptions {
	/** `--as`, as typed. */
	as?: string | undefined;
	clock: Clock;
	signal?: AbortSignal | undefined;
	/** A list is not what one would expect: it is stale, or has a note. */
	notice(text: string): void;
}

/** What was typed, with each source in place of what it lists now. Rejects with exit 4 for a source that cannot be asked and has no list, or an empty one. */
export const gatherTargets = async (typed: readonly string[], { as, clock, signal, notice }: GatherOptions): Promise<Target[]> => {
	const map = as === undefined ? undefined : parseAs(as);
	const all = await Promise.all(
		typed.map(async (each): Promise<Target[]> => {
			if (!isSource(each)) return [parseTarget(each)];
			const roster = await openSource(each, { clock, ...(map && { map }) });
			try {
				await firstWord(roster, clock, SILENCE_MS, signal);
				const { entries, listedMs, lost, note } = roster.roster;
				if (listedMs === null) throw unreachable(each, lost?.reason);
				if (lost) notice(`${shown(each)}: ${lost.reason}; this is the last good list, ${Math.round(ageMs(roster.roster, clock.now()) / 1000)} s old`);
				if (note) notice(`${shown(each)}: ${note}`);
				if (entries.length === 0)
					throw stageError('E_SOURCE_EMPTY', `${shown(each)}: it lists no endpoint${note ? ` (${note})` : ''}`, 'there is nothing to ask');
				return entries.map(({ target }) => target);
			} finally {
				await roster.close();
			}
		}),
	);
	return all.flat();
};
