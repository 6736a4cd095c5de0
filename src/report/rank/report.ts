import type { RankResult } from '../../checks/probe/ranked.js';
import type { ProbeReport, ProbeReportOptions } from '../probe/report.js';

/** How a ranking is told. Pure. */
export interface RankReport extends Pick<ProbeReport, 'sample'> {
	/** At the end; with its line break. */
	result(result: RankResult, options: ProbeReportOptions): string;
}
