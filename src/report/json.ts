import type { Report } from './report.js';

/** `daruma.run/1` as it is: schemas/run.schema.json. */
export const json: Report = (result) => `${JSON.stringify(result, null, 2)}\n`;
