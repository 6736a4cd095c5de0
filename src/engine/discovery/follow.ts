import { openSource } from '../../discovery/index.js';
import type { Listed } from '../../discovery/source.js';
import type { Clock } from '../../model/clock.js';
import type { DiscoverEvent, DiscoverNews, DiscoverResult } from '../../model/discovery.js';
import { shown } from '../../model/target.js';
import { ageMs, discoverResult, endpointOf } from './document.js';
import { firstWord, SILENCE_MS } from './gather.js';

type Why = Extract<DiscoverNews, { kind: 'end' }>['why'];

export interface FollowOptions {
	map?: ((entry: Listed) => Listed) | undefined;
	clock: Clock;
	forMs: number | null;
	/** Aborted with the name of a signal, or `quit`. */
	signal: AbortSignal;
	tell(event: DiscoverEvent): void;
	wall(): Date;
}

/** Tells of every change of a source's list until its time is over, or somebody ends it. `listed`: was there ever a list? */
export const followSource = async (
	address: string,
	{ map, clock, forMs, signal, tell, wall }: FollowOptions,
): Promise<{ why: Why; result: DiscoverResult; listed: boolean }> => {
	const beganMs = clock.now();
	const say = (news: DiscoverNews): void => tell({ time: wall().toISOString(), atMs: Number((clock.now() - beganMs).toFixed(3)), ...news });
	let started = false;
	const waiting: (() => void)[] = [];
	// A source may speak before it is there to be told of.
	const later = (act: () => void): void => void (started ? act() : waiting.push(act));
	const roster = await openSource(
		address,
		{ clock, ...(map && { map }) },
		{
			listed: (now, changes) =>
				later(() => {
					for (const { change, entry } of changes) say({ kind: 'endpoint', change, ...endpointOf(entry) });
					if (!now.lost) say({ kind: 'fresh', endpoints: now.entries.length, note: now.note });
				}),
			lost: (now) => later(() => say({ kind: 'stale', endpoints: now.entries.length, reason: now.lost?.reason ?? '', ageMs: ageMs(now, clock.now()) })),
		},
	);
	try {
		say({ kind: 'start', schema: 'daruma.discover/1', source: shown(address) });
		started = true;
		for (const act of waiting) act();
		const why = await new Promise<Why>((resolve) => {
			const stop = (): void => resolve(signal.reason === 'SIGTERM' || signal.reason === 'quit' ? signal.reason : 'SIGINT');
			if (signal.aborted) return stop();
			signal.addEventListener('abort', stop, { once: true });
			if (forMs !== null) clock.at(clock.now() + forMs, () => resolve('for'));
		});
		const result = discoverResult(address, roster.roster, clock.now());
		say({ kind: 'end', why, result });
		return { why, result, listed: roster.roster.listedMs !== null };
	} finally {
		await roster.close();
	}
};

/** The list once. `waitMs`: so long is waited for a source that is gone to come back. */
export const discoverOnce = async (
	address: string,
	{ map, clock, waitMs, signal }: Pick<FollowOptions, 'map' | 'clock' | 'signal'> & { waitMs: number },
): Promise<{ result: DiscoverResult; listed: boolean }> => {
	const roster = await openSource(address, { clock, ...(map && { map }) });
	let cancel = (): void => {};
	try {
		await firstWord(roster, clock, SILENCE_MS, signal);
		const { listedMs, lost } = roster.roster;
		if (waitMs > 0 && (listedMs === null || lost) && !signal.aborted)
			await Promise.race([
				roster.fresh(),
				new Promise<void>((resolve) => {
					cancel = clock.at(clock.now() + waitMs, resolve);
					signal.addEventListener('abort', () => resolve(), { once: true });
				}),
			]);
		return { result: discoverResult(address, roster.roster, clock.now()), listed: roster.roster.listedMs !== null };
	} finally {
		cancel();
		await roster.close();
	}
};
