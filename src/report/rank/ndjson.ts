import { ndjson as probed } from '../probe/ndjson.js';
import type { RankReport } from './report.js';

/** A line per sample as it comes, then a line per place, then one of the whole: `kind` tells which. */
export const ndjson: RankReport = {
	...(probed.sample && { sample: probed.sample }),
	result: ({ ranking, ...rest }) =>
		[...ranking.map((place) => ({ kind: 'place', ...place })), { kind: 'result', ...rest }].map((line) => `${JSON.stringify(line)}\n`).join(''),
};
