import type { Cohort, Opinion, Word } from './detector.js';
import { cohortKind } from './kind.js';
import { count, ms, number, word } from './settings.js';

interface Said {
	answer: string | undefined;
	height: number | undefined;
	at: number;
	/** Answers in a row that the majority of that time did not share. */
	alone: number;
}

interface Settings {
	withinMs: number;
	confirm: number;
	maxLag: number;
	as: 'warning' | 'down';
}

/**
 * Redundant detection: the same question to several replicas, answers normalised. More than half make the truth; a
 * replica that says otherwise `confirm` times in a row dissents, one that is too far behind lags. That finds what no
 * timeout can: a replica that answers in time, and wrongly. f that lie take 2f + 1.
 */
class Agreement implements Cohort {
	private readonly settings: Settings;
	private readonly said = new Map<string, Said>();

	constructor(settings: Settings) {
		this.settings = settings;
	}

	heard(member: string, { verdict, reason, answer, height, endMs }: Word): void {
		if (reason === 'local' || verdict === 'failed' || (answer === undefined && height === undefined)) return;
		const before = this.said.get(member);
		const now: Said = { answer, height, at: endMs, alone: 0 };
		this.said.set(member, now);
		const truth = this.truth(endMs);
		if (truth !== undefined && answer !== undefined && answer !== truth) now.alone = (before?.alone ?? 0) + 1;
	}

	state(member: string, now: number): Opinion {
		const { as, confirm, maxLag } = this.settings;
		const said = this.said.get(member);
		if (!said) return { state: 'unknown', why: 'no answer to compare yet' };
		if (!this.fresh(said, now)) return { state: 'unknown', why: 'no answer to compare lately' };
		const lag = Math.max(0, this.top(now) - (said.height ?? Number.POSITIVE_INFINITY));
		if (lag > maxLag) return { state: as, why: `${lag} behind the furthest`, score: lag };
		if (said.answer === undefined) return { state: 'up', why: lag === 0 ? 'as far as the furthest' : `${lag} behind the furthest`, score: lag };
		const truth = this.truth(now);
		const { same, all } = this.votes(said.answer, now);
		if (truth === undefined)
			return { state: all < 2 ? 'unknown' : 'suspect', why: all < 2 ? 'no other answer to compare' : `no majority among ${all} answers` };
		if (truth === said.answer) return { state: 'up', why: `answers as ${same} of ${all}`, score: 0 };
		const why = `answers otherwise than ${all - same} of ${all}`;
		return said.alone >= confirm ? { state: as, why, score: said.alone } : { state: 'suspect', why, score: said.alone };
	}

	whole(now: number): Opinion {
		const fresh = [...this.said.keys()].filter((member) => this.fresh(this.said.get(member) as Said, now));
		if (fresh.length < 2) return { state: 'unknown', why: 'too few answers to compare' };
		const opinions = fresh.map((member) => ({ member, ...this.state(member, now) }));
		const bad = opinions.filter(({ state }) => state === this.settings.as);
		if (bad.length > 0) return { state: 'warning', why: bad.map(({ member, why }) => `${member} ${why}`).join('; '), score: bad.length / fresh.length };
		const doubtful = opinions.filter(({ state }) => state === 'suspect');
		if (doubtful.length > 0) return { state: 'suspect', why: `${doubtful.map(({ member }) => member).join(', ')}: ${doubtful[0]?.why}`, score: 0 };
		return { state: 'up', why: `${fresh.length} agree`, score: 0 };
	}

	next(now: number): number {
		let soonest = Number.POSITIVE_INFINITY;
		for (const { at } of this.said.values()) if (at + this.settings.withinMs > now) soonest = Math.min(soonest, at + this.settings.withinMs);
		return soonest;
	}

	/** Answers that waited for us are no older for it. */
	paused(now: number, forMs: number): void {
		for (const said of this.said.values()) said.at = Math.min(now, said.at + forMs);
	}

	private fresh({ at }: Said, now: number): boolean {
		return now < at + this.settings.withinMs;
	}

	private votes(answer: string, now: number): { same: number; all: number } {
		let same = 0;
		let all = 0;
		for (const said of this.said.values()) {
			if (said.answer === undefined || !this.fresh(said, now)) continue;
			all += 1;
			if (said.answer === answer) same += 1;
		}
		return { same, all };
	}

	/** What more than half say; undefined where nothing is said by so many. */
	private truth(now: number): string | undefined {
		const votes = new Map<string, number>();
		let all = 0;
		for (const said of this.said.values()) {
			if (said.answer === undefined || !this.fresh(said, now)) continue;
			all += 1;
			votes.set(said.answer, (votes.get(said.answer) ?? 0) + 1);
		}
		for (const [answer, n] of votes) if (all > 1 && n * 2 > all) return answer;
		return undefined;
	}

	private top(now: number): number {
		let top = Number.NEGATIVE_INFINITY;
		for (const said of this.said.values()) if (said.height !== undefined && this.fresh(said, now)) top = Math.max(top, said.height);
		return top;
	}
}

export const agreement = cohortKind({
	kind: 'agreement',
	summary: 'the same question to several replicas: who answers otherwise than the majority, or lags behind, is named',
	fields: {
		withinMs: ms(10_000, 'answers older than this are not compared'),
		confirm: count(2, 'so many dissenting answers in a row, since replicas are updated one after the other', 1, 1000),
		maxLag: number(Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER, 'a height so far below the furthest is tolerated'),
		as: word('warning', ['warning', 'down'], 'what dissent or lag means'),
	},
	make: (values) => new Agreement(values),
});
