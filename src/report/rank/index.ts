import type { RankReport } from './report.js';

/** One more format of `rank`: one file, one line here, one test of the same name. */
export const RANK_REPORTS: Readonly<Record<string, () => Promise<RankReport>>> = {
	table: async () => (await import('./table.js')).table,
	json: async () => (await import('./json.js')).json,
	ndjson: async () => (await import('./ndjson.js')).ndjson,
	prometheus: async () => (await import('./prometheus.js')).prometheus,
};

export type { RankReport } from './report.js';
