import type { ProbeResult } from '../../checks/probe/result.js';
import type { Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import type { Style } from '../style.js';

export interface ProbeReportOptions {
	style: Style;
	/** Columns of the terminal. */
	width: number;
}

/** How a probe is told. Pure: no clock, no file, no terminal. */
export interface ProbeReport {
	/** For streams: a line of each sample, as it comes. */
	sample?(target: Target, sample: Sample): string;
	/** At the end; with its line break. */
	result(result: ProbeResult, options: ProbeReportOptions): string;
}
