import type { Detector, Heard, Opinion } from './detector.js';
import { MovingStatistics } from './moving.js';
import { ms, number } from './settings.js';
import { Standstill } from './standstill.js';

/** What both accrual detectors are told; the first estimate is made of `intervalMs`. */
export interface AccrualSettings {
	threshold: number;
	suspectShare: number;
	window: number;
	intervalMs: number;
}

export const accrualFields = {
	threshold: number(8, 0.1, 300, 'phi from which on it is down: at 8, one in 10^8 silences of a healthy endpoint would be as long'),
	suspectShare: number(0.5, 0, 1, 'suspect from this share of the threshold on'),
	window: { type: 'number', default: 1000, min: 2, max: 10_000, whole: true, about: 'the last so many intervals are learned from' },
	intervalMs: ms(1000, 'how often heartbeats are expected, until it is known'),
} as const;

/**
 * What the accrual detectors share: how long the intervals between answers are, and since when it is silent. A
 * distribution says how suspicious a silence is. An interval teaches nothing when a question failed within it, or we
 * ourselves stood still.
 */
export abstract class Accrual implements Detector {
	protected readonly settings: AccrualSettings;
	protected readonly intervals: MovingStatistics;
	private readonly standstill = new Standstill();
	private last: number | null = null;
	private warning = false;
	private failed = false;
	/** Nothing is learned from an interval that begins before. */
	private learnFrom = Number.NEGATIVE_INFINITY;

	constructor(settings: AccrualSettings) {
		this.settings = settings;
		this.intervals = new MovingStatistics(settings.window, settings.intervalMs);
	}

	/** phi of a silence in ms, and how long a silence must be for a phi: each the other's inverse. */
	protected abstract phi(silentMs: number): number;
	protected abstract silence(phi: number): number;
	/** The first estimate, when the first answer has come. */
	protected abstract begin(): void;
	protected abstract teaches(intervalMs: number): boolean;

	heard(sample: Heard): void {
		if (this.standstill.excuses(sample)) return;
		if (sample.verdict === 'failed') {
			this.failed = true;
			return;
		}
		const { last, failed } = this;
		const at = sample.endMs;
		if (last !== null && at < last) return;
		this.warning = sample.verdict === 'warning';
		this.failed = false;
		this.last = at;
		if (last === null) this.begin();
		else if (!failed && last >= this.learnFrom && this.teaches(at - last)) this.intervals.add(at - last);
	}

	state(now: number): Opinion {
		if (this.last === null) return { state: 'unknown', why: this.failed ? 'no answer yet' : 'not yet heard' };
		const { threshold, suspectShare } = this.settings;
		const score = this.phi(Math.max(0, now - this.last));
		const shown = `phi ${score < 1000 ? Math.round(score * 10) / 10 : '1000 and more,'}`;
		// Compared as times, as next() tells them: rounding must not part the two.
		if (now >= this.last + this.silence(threshold)) return { state: 'down', why: `${shown} above ${threshold}`, score };
		if (suspectShare > 0 && now >= this.last + this.silence(threshold * suspectShare)) return { state: 'suspect', why: shown, score };
		return this.warning ? { state: 'warning', why: 'it answers with a warning', score } : { state: 'up', why: shown, score };
	}

	next(now: number): number {
		if (this.last === null) return Number.POSITIVE_INFINITY;
		const { threshold, suspectShare } = this.settings;
		const suspect = this.last + this.silence(threshold * suspectShare);
		if (suspectShare > 0 && suspect > now) return suspect;
		const down = this.last + this.silence(threshold);
		return down > now ? down : Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.standstill.ended(now);
		// Answers that waited come in a burst now; the interval after them is the first that is whole.
		this.learnFrom = now + this.settings.intervalMs;
		if (this.last !== null) this.last = Math.min(now, this.last + forMs);
	}
}
