import { clean } from '../escape.js';
import { allCases, type ProbeCase } from './cases.js';
import type { ProbeReport } from './report.js';

/** `#` would begin a directive, and `\` escapes. */
const description = (text: string): string => clean(text).replace(/[\\#]/g, '\\$&');

/** TAP 13 with YAML diagnostics. What could not be decided is `not ok`, and its verdict says why: TAP's own `TODO` and `SKIP` would be green. */
export const tap: ProbeReport = {
	result: (result) => {
		const cases = allCases(result);
		return `${['TAP version 13', `1..${cases.length}`, ...cases.flatMap(line)].join('\n')}\n`;
	},
};

const line = ({ endpoint, expect, verdict, why, next }: ProbeCase, i: number): string[] => {
	const head = `${verdict === 'pass' ? 'ok' : 'not ok'} ${i + 1} - ${description(endpoint)}: ${description(expect)}`;
	if (verdict === 'pass') return [head];
	const facts = { verdict, message: clean(why), ...(next !== undefined && { next: clean(next) }) };
	// A JSON string is one of YAML, too.
	return [head, '  ---', ...Object.entries(facts).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`), '  ...'];
};
