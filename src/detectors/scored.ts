import type { Detector, Heard, Opinion, Pace } from './detector.js';

/**
 * One detector decides, another measures: rise/fall with phi or Chen as its score, so that a table can show how
 * suspicious a silence is before, and after, the verdict. Where nothing was decided yet, nor measured, it says so.
 */
class Scored implements Detector {
	private readonly verdict: Detector;
	private readonly measure: Detector;

	constructor(verdict: Detector, measure: Detector) {
		this.verdict = verdict;
		this.measure = measure;
	}

	heard(sample: Heard): void {
		this.verdict.heard(sample);
		this.measure.heard(sample);
	}

	state(now: number): Opinion {
		const { state, why } = this.verdict.state(now);
		const measured = this.measure.state(now);
		return measured.score === undefined ? { state, why } : { state, why: `${why} (${measured.why})`, score: measured.score };
	}

	pace(): Pace {
		return this.verdict.pace?.() ?? 'normal';
	}

	/** Only the verdict makes the state; the score moves all the time. */
	next(now: number): number {
		return this.verdict.next?.(now) ?? Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.verdict.paused?.(now, forMs);
		this.measure.paused?.(now, forMs);
	}
}

export const scored = (verdict: Detector, measure: Detector): Detector => new Scored(verdict, measure);
