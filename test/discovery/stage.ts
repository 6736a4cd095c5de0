import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { openSource } from '../../src/discovery/index.js';
import type { LiveRoster } from '../../src/discovery/live-roster.js';
import type { Roster } from '../../src/discovery/roster.js';
import type { Listed } from '../../src/discovery/source.js';
import { addressOf } from '../../src/model/target.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';

export const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/discovery/${name}`, import.meta.url));
export const fixtureText = (name: string): string => readFileSync(fixture(name), 'utf8');

/** An entry as one line: `10.0.0.1:80 up ×2 backup (detail)`. */
export const line = ({ target, status, detail, backup }: Listed): string =>
	[
		target.socketPath === undefined ? addressOf(target) : `unix:${target.socketPath}`,
		status,
		...(target.weight === 1 ? [] : [`×${target.weight}`]),
		...(backup ? ['backup'] : []),
		...(detail ? [`(${detail})`] : []),
	].join(' ');
export const lines = (entries: readonly Listed[]): string[] => entries.map(line);

/** Follows a source; `until` resolves when its roster is as it should be, and rejects after 30 s with what it was. */
export const follow = async (
	t: ExecutionContext,
	address: string,
): Promise<{ live: LiveRoster; news: string[]; until(good: (roster: Roster) => boolean): Promise<Roster> }> => {
	const news: string[] = [];
	const live = await openSource(
		address,
		{ clock: new MonotonicClock(monotonicNs()) },
		{
			listed: (_, changes) => void news.push(...changes.map(({ change, entry }) => `${change} ${line(entry)}`)),
			lost: ({ lost }) => void news.push(`lost ${lost?.reason}`),
		},
	);
	t.teardown(() => live.close());
	const until = async (good: (roster: Roster) => boolean): Promise<Roster> => {
		const end = performance.now() + 30_000;
		while (!good(live.roster)) {
			if (performance.now() > end) throw new Error(`it did not become so within 30 s: ${JSON.stringify([lines(live.roster.entries), live.roster.lost, news])}`);
			await sleep(20);
		}
		return live.roster;
	};
	return { live, news, until };
};

/** Where an entry is listed, whatever else there is. */
export const has =
	(...wanted: string[]) =>
	({ entries, lost }: Roster): boolean =>
		lost === null && JSON.stringify(lines(entries).sort()) === JSON.stringify([...wanted].sort());
export const isLost =
	(reason: RegExp) =>
	({ lost }: Roster): boolean =>
		lost !== null && reason.test(lost.reason);
