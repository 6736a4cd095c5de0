import type { RankReport } from './report.js';

/** `daruma.rank/1` as it is: schemas/rank.schema.json. */
export const json: RankReport = { result: (result) => `${JSON.stringify(result, null, 2)}\n` };
