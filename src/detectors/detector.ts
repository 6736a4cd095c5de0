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

/** How soon to ask again: `fast` while a change is about to be confirmed (HAProxy's fastinter), `down` while nothing is expected (its downinter). */
export type Pace = 'normal' | 'fast' | 'down';

/**
 * Is one endpoint alive? Pure: it hears samples and is asked at a time. Samples with reason `local` say nothing about
 * it. Asking changes nothing, so that it may be asked about a later time: "what if nothing comes until then?"
 */
export interface Detector {
	heard(sample: Heard): void;
	state(now: number): Opinion;
	/** Absent: always `normal`. */
	pace?(): Pace;
	/** The earliest time at which silence alone may change its opinion; Infinity: only a sample can. */
	next?(now: number): number;
	/** Our own process stood still for so long, until `now`: what was not heard meanwhile is no silence. */
	paused?(now: number, forMs: number): void;
}

/** What one member of a cohort said: a sample, and what was in it. */
export interface Word extends Heard {
	/** The normalised answer, or its digest: members that agree say the same. */
	answer?: string;
	/** How far the member has come (block height, log index, version): more is further. */
	height?: number;
}

/**
 * Several endpoints, or several views of one, judged against each other. Members make themselves known by their first
 * word. Unlike a detector it may be asked only about times that do not go back.
 */
export interface Cohort {
	heard(member: string, word: Word): void;
	state(member: string, now: number): Opinion;
	/** Of all together. */
	whole(now: number): Opinion;
	next?(now: number): number;
	paused?(now: number, forMs: number): void;
}
