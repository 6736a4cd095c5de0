import type { ProbeReport, ReportTools } from './report.js';

/** One more format of `probe`: one file, one line here, one test of the same name. */
export const PROBE_REPORTS: Readonly<Record<string, (tools: ReportTools) => Promise<ProbeReport>>> = {
	table: async () => (await import('./table.js')).table,
	json: async () => (await import('./json.js')).json,
	ndjson: async () => (await import('./ndjson.js')).ndjson,
	junit: async () => (await import('./junit.js')).junit,
	tap: async () => (await import('./tap.js')).tap,
	prometheus: async () => (await import('./prometheus.js')).prometheus,
	nagios: async () => (await import('./nagios.js')).nagios,
	hdr: async (tools) => (await import('./hdr.js')).hdr(tools),
};

export type { ProbeReport, ProbeReportOptions, ReportTools } from './report.js';
