import type { RunResult } from '../model/run.js';
import type { Style } from './style.js';

export interface ReportOptions {
	style: Style;
	/** Columns to wrap prose at. */
	width: number;
	/** The daruma.yaml of the run, for annotations; null for a run without one. */
	file: string | null;
	/** `pass` when the user asked that what could not be decided should not fail a build (--inconclusive pass). */
	inconclusive: 'fail' | 'pass';
}

/** A run → text, ending in a line break. Pure: no clock, no file, no terminal. */
export type Report = (result: RunResult, options: ReportOptions) => string;
