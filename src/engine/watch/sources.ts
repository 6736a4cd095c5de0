import { isDeepStrictEqual } from 'node:util';
import { openSource } from '../../discovery/index.js';
import type { LiveRoster } from '../../discovery/live-roster.js';
import type { Clock } from '../../model/clock.js';
import { shown, type Target } from '../../model/target.js';
import { parseAs } from '../discovery/as.js';
import { firstWord, SILENCE_MS } from '../discovery/gather.js';
import type { WatchSession } from './session.js';

/**
 * ```
 * source ─► roster ─┐
 * source ─► roster ─┴─► all that is listed ─► added to and removed from the session
 * ```
 * What is named on the command line or in the file of targets stays, whatever sources say of it.
 */
export class WatchedSources {
	private readonly rosters: { address: string; live: LiveRoster }[] = [];
	private readonly session: WatchSession;
	private begun = false;
	private closed = false;
	private turn = Promise.resolve();
	private readonly waiting: (() => void)[] = [];

	private constructor(session: WatchSession) {
		this.session = session;
	}

	/** Waits for the first word of each. @throws {DarumaError} E_SOURCE (exit 2) for an address that cannot be right. */
	static async open(addresses: readonly string[], as: string | null, session: WatchSession, clock: Clock, signal: AbortSignal): Promise<WatchedSources> {
		const sources = new WatchedSources(session);
		const map = as === null ? undefined : parseAs(as);
		try {
			for (const address of addresses) sources.rosters.push({ address, live: await sources.follow(address, map, clock) });
			await Promise.all(sources.rosters.map(({ live }) => firstWord(live, clock, SILENCE_MS, signal)));
		} catch (error) {
			await sources.close();
			throw error;
		}
		return sources;
	}

	/** What is listed now, each name once. */
	targets(): Target[] {
		const all = this.rosters.flatMap(({ live }) => live.roster.entries.map(({ target }) => target));
		return [...new Map(all.map((target) => [target.name, target])).values()];
	}

	/** From now on the session has what is listed; what there is at the beginning is no news. */
	async begin(): Promise<void> {
		await this.apply(true);
		this.begun = true;
		for (const say of this.waiting) say();
		this.update();
	}

	async close(): Promise<void> {
		this.closed = true;
		for (const { live } of this.rosters) await live.close();
		await this.turn;
	}

	private follow(address: string, map: ReturnType<typeof parseAs> | undefined, clock: Clock): Promise<LiveRoster> {
		const notice = (text: string): void => {
			const say = (): void => this.session.say({ kind: 'notice', about: 'discovery', text: `${shown(address)}: ${text}` });
			if (this.begun) say();
			else this.waiting.push(say);
		};
		let lost = false;
		return openSource(
			address,
			{ clock, ...(map && { map }) },
			{
				listed: (roster) => {
					if (!roster.lost && lost) notice('it is back');
					if (!roster.lost) lost = false;
					if (roster.note) notice(roster.note);
					this.update();
				},
				lost: (roster) => {
					lost = true;
					const { length } = roster.entries;
					notice(
						`${roster.lost?.reason}; ${length > 0 ? `the last good list stays (${length} ${length === 1 ? 'endpoint' : 'endpoints'})` : 'there is no list yet'}`,
					);
				},
			},
		);
	}

	private update(): void {
		if (!this.begun || this.closed) return;
		this.turn = this.turn.then(() => this.apply(false));
	}

	private async apply(quiet: boolean): Promise<void> {
		if (this.closed) return;
		const { session } = this;
		const targets = this.targets();
		const wanted = new Map(targets.map((target) => [target.name, target]));
		const ours = new Set(session.names('discovery'));
		// Weights are for rankings: another one is no reason to ask anew.
		const moved = targets.filter(({ name, weight }) => {
			const known = session.target(name);
			return ours.has(name) && known !== null && !isDeepStrictEqual({ ...known, weight }, wanted.get(name));
		});
		try {
			await session.add(targets, 'discovery', quiet);
			for (const { name } of moved) session.remove(name);
			await session.add(moved, 'discovery');
		} catch (error) {
			session.say({ kind: 'notice', about: 'discovery', text: `${(error as Error).message}; what was watched before stays` });
			return;
		}
		for (const name of ours) if (!wanted.has(name)) session.remove(name);
	}
}
