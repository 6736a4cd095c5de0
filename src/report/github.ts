import { command, commandProperty } from './escape.js';
import type { Report } from './report.js';
import { describeValue, fellShort, namesOf } from './words.js';

/** GitHub shows ten errors and ten warnings of a step; the rest is in the run. */
const MOST = 10;

/** Workflow commands: each check that fell short, at the line of its experiment in daruma.yaml. */
export const github: Report = (result, { file }) => {
	const names = namesOf(result.experiments);
	const notes = result.experiments.flatMap((experiment, i) =>
		fellShort(experiment.checks).map((check) => {
			const level = check.verdict === 'fail' ? 'error' : 'warning';
			const place = file === null ? '' : `file=${commandProperty(file)},${experiment.line === null ? '' : `line=${experiment.line},`}`;
			const title = commandProperty(`${names[i]}: ${check.name} ${check.bound}`);
			const evidence = check.evidence.length > 0 ? ` (${check.evidence.slice(0, 6).join(' ')})` : '';
			return {
				level,
				text: `::${level} ${place}title=${title}::${command(`${describeValue(check.metric, check)}: ${check.why}${evidence}${check.next ? `; next: ${check.next}` : ''}`)}`,
			};
		}),
	);
	const most = (level: string): string[] =>
		notes
			.filter((note) => note.level === level)
			.slice(0, MOST)
			.map((note) => note.text);
	return [...most('error'), ...most('warning')].map((line) => `${line}\n`).join('');
};
