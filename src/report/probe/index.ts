import type { ProbeReport } from './report.js';

/** One more format of `probe`: one file, one line here, one test of the same name. */
export const PROBE_REPORTS: Readonly<Record<string, () => Promise<ProbeReport>>> = {
	table: async () => (await import('./table.js')).table,
	json: async () => (await import('./json.js')).json,
	ndjson: async () => (await import('./ndjson.js')).ndjson,
};

export type { ProbeReport, ProbeReportOptions } from './report.js';
