import type { Clock } from '../model/clock.js';
import type { LastGood } from './last-good.js';
import { EMPTY_ROSTER, type Roster, type RosterChange, rosterListed, rosterLost } from './roster.js';
import type { Following, Listed, SourceKind } from './source.js';

export interface RosterListener {
	/** The list changed, or was given for the first time, or is fresh again (`changes` may be empty). */
	listed?(roster: Roster, changes: readonly RosterChange[]): void;
	/** The source is gone, or is gone for another reason than before. */
	lost?(roster: Roster): void;
}

export interface LiveOptions {
	empty: 'accept' | 'keep';
	/** Leaves out what the source says is down. */
	onlyUp: boolean;
	/** What becomes of each entry on its way in. */
	map?: (entry: Listed) => Listed;
	/** Where the last good list outlives us. */
	lastGood?: LastGood | null;
	clock: Clock;
}

/** ```
 * source ─listed, lost─► roster (pure) ─► whoever listens
 * ```
 * One source, followed until `close`. */
export class LiveRoster {
	private state: Roster = EMPTY_ROSTER;
	private readonly following: Following;
	private readonly waiting = new Set<() => void>();
	private closed = false;
	/** It is good, and whoever keeps it may be told so again. */
	private readonly renew: () => void;

	/** @throws {DarumaError} E_SOURCE (exit 2) for an address that cannot be right. */
	constructor(kind: SourceKind, address: string, { empty, onlyUp, map, lastGood, clock }: LiveOptions, listener: RosterListener = {}) {
		const enter = (entries: readonly Listed[]): Listed[] =>
			(onlyUp ? entries.filter(({ status }) => status !== 'down') : entries).map((entry) => map?.(entry) ?? entry);
		let told: readonly Listed[] = [];
		let problem: string | null = null;
		this.renew = () => {
			if (lastGood && this.state.listedMs !== null && !this.state.lost) problem = lastGood.save(told, clock.now());
		};
		/** What an earlier run has kept, before this one had a list of its own. */
		const recall = (): Roster => {
			const kept = this.state.listedMs === null ? lastGood?.load() : null;
			if (!kept) return this.state;
			const { roster } = rosterListed(EMPTY_ROSTER, enter(kept.entries), clock.now() - kept.ageMs);
			return { ...roster, lost: { reason: '', sinceMs: clock.now() - kept.ageMs } };
		};
		const lost = (reason: string): void => {
			const before = this.state;
			const kept = recall();
			this.state = rosterLost(kept, reason, clock.now());
			if (kept !== before && kept.entries.length > 0)
				listener.listed?.(
					this.state,
					kept.entries.map((entry) => ({ change: 'added', entry })),
				);
			if (before.lost?.reason !== reason) listener.lost?.(this.state);
			this.wake();
		};
		this.following = kind.follow(
			address,
			{
				listed: (entries, note) => {
					if (this.closed) return;
					if (entries.length === 0 && empty === 'keep') return lost(note ?? 'the list is empty');
					const before = this.state;
					told = entries;
					const said = [note, problem].filter((text) => text).join('; ');
					const { roster, changes } = rosterListed(before, enter(entries), clock.now(), said === '' ? undefined : said);
					this.state = roster;
					this.renew();
					if (changes.length > 0 || before.listedMs === null || before.lost !== null || roster.note !== before.note) listener.listed?.(roster, changes);
					this.wake();
				},
				lost: (reason) => {
					if (!this.closed) lost(reason);
				},
			},
			clock,
		);
	}

	get roster(): Roster {
		return this.state;
	}

	/** Resolves when the source has said anything at all: a list, or that it is gone. */
	heard(): Promise<void> {
		if (this.state.listedMs !== null || this.state.lost) return Promise.resolve();
		return new Promise((resolve) => this.waiting.add(resolve));
	}

	/** Resolves when there is a list, and it is fresh. */
	async fresh(): Promise<void> {
		while (this.state.listedMs === null || this.state.lost) await new Promise<void>((resolve) => this.waiting.add(resolve));
	}

	async close(): Promise<void> {
		if (!this.closed) this.renew();
		this.closed = true;
		await this.following.close();
	}

	private wake(): void {
		for (const resolve of this.waiting) resolve();
		this.waiting.clear();
	}
}
