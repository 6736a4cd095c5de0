import type { ProbeResult } from '../../checks/probe/result.js';
import type { Histogram } from '../../model/histogram.js';
import type { Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import type { Style } from '../style.js';

export interface ProbeReportOptions {
	style: Style;
	/** Columns of the terminal. */
	width: number;
}

/** What a format cannot have from a pure room. */
export interface ReportTools {
	/** Wall clock (ms since 1970) at 0 of the samples' clock. */
	startedAt: number;
	/** HdrHistogram's compressed V2 encoding in base64. */
	encode(histogram: Histogram): string;
}

/** How a probe is told. Pure: no clock, no file, no terminal. */
export interface ProbeReport {
	/** For streams: a line of each sample, as it comes. */
	sample?(target: Target, sample: Sample): string;
	/** At the end; with its line break. */
	result(result: ProbeResult, options: ProbeReportOptions): string;
	/** Formats with exit codes of their own. */
	exit?(result: ProbeResult): 0 | 1 | 2 | 3;
}
