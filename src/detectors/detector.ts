import type { Reason } from '../model/sample.js';

/** `suspect`: something was missed, not enough to say down. `warning`: it answers, and says that it is not well. */
export type State = 'unknown' | 'up' | 'warning' | 'suspect' | 'down';

/** What detectors see of a sample, or of a report that the endpoint pushed. Times in ms on the run's clock. */
export interface Heard {
	/** When the answer, its absence, or the report was known. */
	endMs: number;
	/** When it was asked; for a report, when it came. */
	sentMs: number;
	verdict: 'ok' | 'warning' | 'failed';
	reason?: Reason;
	load?: number;
}

export interface Opinion {
	state: State;
	/** For people, in a few words: "3 of 3 missed: refused", "phi 9.2 above 8". */
	why: string;
	/** The detector's own measure of suspicion where it has one (phi, missed beats, failure share). */
	score?: number;
}

/** Is one endpoint alive? Pure: it hears samples and is asked at a time. Samples with reason `local` say nothing about it. */
export interface Detector {
	heard(sample: Heard): void;
	state(now: number): Opinion;
	/** The earliest time at which silence alone may change its opinion; Infinity: only a sample can. */
	next?(now: number): number;
	/** Our own process stood still for so long, until `now`: what was not heard meanwhile is no silence. */
	paused?(now: number, forMs: number): void;
}
