import { usageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import type { Report } from './report.js';

/** One more kind of report: one file, one line here, one test of the same name. */
export const REPORTS: Record<string, () => Promise<Report>> = {
	table: async () => (await import('./table.js')).table,
	json: async () => (await import('./json.js')).json,
	markdown: async () => (await import('./markdown.js')).markdown,
	junit: async () => (await import('./junit.js')).junit,
	github: async () => (await import('./github.js')).github,
};

export interface ReportRequest {
	kind: string;
	/** `-` is stdout. */
	file: string;
}

/** `--report junit=out.xml`; throws E_FLAG (exit 2). */
export const parseReport = (typed: string): ReportRequest => {
	const found = /^([a-z]+)(?:=(.+))?$/.exec(typed);
	const kinds = Object.keys(REPORTS);
	const kind = found?.[1] ?? typed;
	if (!found || !Object.hasOwn(REPORTS, kind)) {
		const near = nearest(kind, kinds);
		throw usageError(
			'E_FLAG',
			`--report: expected KIND=FILE with one of the kinds ${kinds.join(', ')}, found ${JSON.stringify(typed)}`,
			near ? `did you mean ${near}=${found?.[2] ?? 'FILE'}?` : undefined,
		);
	}
	return { kind, file: found[2] ?? '-' };
};

export type { Report, ReportOptions } from './report.js';
export { PLAIN, type Style } from './style.js';
