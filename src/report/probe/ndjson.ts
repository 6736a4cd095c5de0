import type { ProbeReport } from './report.js';

/** More digits than µs would only be noise. */
const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' ? Number(value.toFixed(3)) : value);

/** A line per sample as it comes, then a line per endpoint, then one of the whole: `kind` tells which. */
export const ndjson: ProbeReport = {
	sample: (target, sample) => `${JSON.stringify({ kind: 'sample', endpoint: target.name, ...sample }, rounded)}\n`,
	result: ({ endpoints, ...rest }) =>
		[...endpoints.map((each) => ({ kind: 'endpoint', ...each })), { kind: 'result', ...rest }].map((line) => `${JSON.stringify(line)}\n`).join(''),
};
