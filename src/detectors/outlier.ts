import type { Cohort, Opinion, Word } from './detector.js';
import { cohortKind } from './kind.js';
import { count, ms, number } from './settings.js';
import { Standstill } from './standstill.js';

interface Settings {
	intervalMs: number;
	baseMs: number;
	maxMs: number;
	maxShare: number;
	deviations: number;
	successVolume: number;
	successHosts: number;
	failureShare: number;
	failureVolume: number;
	failureHosts: number;
}

interface Member {
	name: string;
	ok: number;
	failed: number;
	/** How often it was ejected lately: each makes the next last longer, each clean interval takes one off. */
	times: number;
	ejectedAt: number | null;
	why: string;
	share: number;
}

/**
 * Outlier ejection as gRPC (A50) and Envoy do it: at the end of each interval, members whose success rate lies far
 * below that of the others, or whose failures are more than a share, are ejected for base × times ejected.
 */
class Outlier implements Cohort {
	private readonly settings: Settings;
	private readonly members = new Map<string, Member>();
	private readonly standstill = new Standstill();
	private turnAt: number | null = null;

	constructor(settings: Settings) {
		this.settings = settings;
	}

	heard(name: string, sample: Word): void {
		this.advance(sample.endMs);
		if (this.standstill.excuses(sample)) return;
		this.turnAt ??= sample.endMs + this.settings.intervalMs;
		let member = this.members.get(name);
		if (!member) {
			member = { name, ok: 0, failed: 0, times: 0, ejectedAt: null, why: '', share: 0 };
			this.members.set(name, member);
		}
		if (sample.verdict === 'failed') member.failed += 1;
		else member.ok += 1;
	}

	state(name: string, now: number): Opinion {
		this.advance(now);
		const member = this.members.get(name);
		if (!member) return { state: 'unknown', why: 'not yet heard' };
		if (member.ejectedAt === null) return { state: 'up', why: 'not an outlier', score: member.share };
		const { times, why } = member;
		return {
			state: 'down',
			why: `${why}; ejected for ${Math.round(this.ejectionMs(member) / 1000)} s${times > 1 ? ` (the ${times}. time)` : ''}`,
			score: member.share,
		};
	}

	whole(now: number): Opinion {
		this.advance(now);
		const n = this.members.size;
		if (n === 0) return { state: 'unknown', why: 'not yet heard' };
		const out = this.ejected();
		const why = `${out} of ${n} ejected`;
		return { state: out === n ? 'down' : out > 0 ? 'warning' : 'up', why, score: out / n };
	}

	next(now: number): number {
		this.advance(now);
		return this.turnAt ?? Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.standstill.ended(now);
		if (this.turnAt !== null) this.turnAt = Math.min(now + this.settings.intervalMs, this.turnAt + forMs);
	}

	/** Ends every interval that is over; one without samples only lets ejections end. */
	private advance(now: number): void {
		while (this.turnAt !== null && now >= this.turnAt) {
			this.turn(this.turnAt);
			const behind = Math.floor((now - this.turnAt) / this.settings.intervalMs);
			// So many intervals without a word: ejections end and multipliers decay all the same, at most as often as matters.
			for (let i = 0; i < Math.min(behind, 1000); i++) this.turn(this.turnAt + (i + 1) * this.settings.intervalMs);
			this.turnAt += (behind + 1) * this.settings.intervalMs;
		}
	}

	private turn(now: number): void {
		const all = [...this.members.values()];
		for (const member of all) member.share = member.ok + member.failed === 0 ? 0 : member.failed / (member.ok + member.failed);
		this.bySuccessRate(all, now);
		this.byFailureShare(all, now);
		for (const member of all) {
			member.ok = 0;
			member.failed = 0;
			if (member.ejectedAt === null) member.times = Math.max(0, member.times - 1);
			else if (now >= member.ejectedAt + this.ejectionMs(member)) member.ejectedAt = null;
		}
	}

	private bySuccessRate(all: Member[], now: number): void {
		const { successVolume, successHosts, deviations } = this.settings;
		const judged = all.filter(({ ok, failed }) => ok + failed >= successVolume);
		if (deviations === 0 || judged.length < successHosts) return;
		const mean = judged.reduce((sum, { share }) => sum + 1 - share, 0) / judged.length;
		const deviation = Math.sqrt(judged.reduce((sum, { share }) => sum + (1 - share - mean) ** 2, 0) / judged.length);
		const least = mean - deviations * deviation;
		for (const member of judged) {
			if (1 - member.share < least) this.eject(member, now, `${percent(1 - member.share)} answered, the others ${percent(mean)}`);
		}
	}

	private byFailureShare(all: Member[], now: number): void {
		const { failureVolume, failureHosts, failureShare } = this.settings;
		const judged = all.filter(({ ok, failed }) => ok + failed >= failureVolume);
		if (failureShare === 1 || judged.length < failureHosts) return;
		for (const member of judged)
			if (member.share > failureShare) this.eject(member, now, `${percent(member.share)} failed, more than ${percent(failureShare)}`);
	}

	/** Stops at the share that may be out; the first is always allowed. */
	private eject(member: Member, now: number, why: string): void {
		if (member.ejectedAt !== null || this.ejected() / this.members.size >= this.settings.maxShare) return;
		member.ejectedAt = now;
		member.times += 1;
		member.why = why;
	}

	private ejected(): number {
		let out = 0;
		for (const { ejectedAt } of this.members.values()) if (ejectedAt !== null) out += 1;
		return out;
	}

	private ejectionMs({ times }: Member): number {
		const { baseMs, maxMs } = this.settings;
		return Math.min(baseMs * times, Math.max(baseMs, maxMs));
	}
}

const percent = (share: number): string => `${(share * 100).toFixed(share > 0.99 && share < 1 ? 1 : 0)} %`;

export const outlier = cohortKind({
	kind: 'outlier',
	summary: 'ejects members that fail more than the others (gRPC A50, Envoy)',
	fields: {
		intervalMs: ms(10_000, 'judged once in so long'),
		baseMs: ms(30_000, 'an ejection lasts this × times ejected'),
		maxMs: ms(300_000, 'but no longer than this (or baseMs)'),
		maxShare: number(0.1, 0, 1, 'no more are ejected once this share is out; 0: none ever'),
		deviations: number(1.9, 0, 100, 'success rate: ejected below mean − this × standard deviation; 0: off'),
		successVolume: count(100, 'success rate: only members with so many samples in the interval'),
		successHosts: count(5, 'success rate: only where so many members have them'),
		failureShare: number(0.85, 0, 1, 'failure share: ejected above this; 1: off'),
		failureVolume: count(50, 'failure share: only members with so many samples in the interval'),
		failureHosts: count(5, 'failure share: only where so many members have them'),
	},
	make: (values) => new Outlier(values),
});
