import type { ProbeReport } from './report.js';

/** `daruma.probe/1` as it is: schemas/probe.schema.json. */
export const json: ProbeReport = { result: (result) => `${JSON.stringify(result, null, 2)}\n` };
