import { METRICS } from '../model/metrics.js';
import type { ExperimentResult } from '../model/run.js';
import { claims } from './claims.js';
import { markdown as safe } from './escape.js';
import { MATRIX } from './matrix.js';
import { repeatLines } from './repeats.js';
import type { Report } from './report.js';
import { byUrgency, describeFault, describeSubject, describeValue, headline, namesOf, runFolder } from './words.js';

const SIGN = { pass: '✅ pass', fail: '❌ **FAIL**', inconclusive: '❓ inconclusive' };

/** For a pull request or a step summary. */
export const markdown: Report = (result) => {
	const names = namesOf(result.experiments);
	const { proved, open } = claims(result);
	const lines = [
		`## ${SIGN[result.verdict]}: ${safe(headline(result))}`,
		'',
		`Subject ${safe(describeSubject(result))}, seed ${result.seed}, run ${safe(runFolder(result))}`,
		'',
		...(result.experiments.length > 1 ? matrixOf(result.experiments, names) : []),
		...list('Repeats', repeatLines(result)),
		...result.experiments.flatMap((experiment, i) => sectionOf(experiment, names[i]!)),
		...list('Proved', proved),
		...list('Left open', open),
	];
	return `${lines.join('\n').trimEnd()}\n`;
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const matrixOf = (experiments: readonly ExperimentResult[], names: readonly string[]): string[] => [
	row(['experiment', ...MATRIX.map(([heading]) => heading), 'verdict']),
	row(['---', ...MATRIX.map(() => '---:'), '---']),
	...experiments.map((experiment, i) =>
		row([
			safe(names[i]!),
			...MATRIX.map(([, metric]) => (experiment.metrics[metric] ? describeValue(metric, experiment.metrics[metric]) : 'not seen')),
			SIGN[experiment.verdict],
		]),
	),
	'',
];

const sectionOf = (experiment: ExperimentResult, name: string): string[] => [
	`### ${safe(name)}`,
	'',
	...experiment.events.map((event) => `- ${safe(describeFault(event))}`),
	...experiment.notes.map((note) => `- note: ${safe(note)}`),
	'',
	row(['verdict', 'check', 'found', 'bound', 'why']),
	row(['---', '---', '---:', '---', '---']),
	...byUrgency(experiment.checks).map((check) =>
		row([
			SIGN[check.verdict],
			safe(check.name),
			describeValue(check.metric, check),
			safe(check.bound),
			safe(
				[
					check.why,
					...(check.evidence.length > 0 && check.verdict !== 'pass' ? [`evidence ${check.evidence.slice(0, 6).join(' ')}`] : []),
					...(check.next ? [`next: ${check.next}`] : []),
				].join('; '),
			),
		]),
	),
	'',
	'<details><summary>all metrics</summary>',
	'',
	row(['metric', 'value', 'what']),
	row(['---', '---:', '---']),
	...METRICS.flatMap((info) => {
		const measure = experiment.metrics[info.name];
		return measure ? [row([info.name, describeValue(info.name, measure), safe(info.summary)])] : [];
	}),
	'',
	'</details>',
	'',
];

const list = (heading: string, items: readonly string[]): string[] =>
	items.length === 0 ? [] : [`**${heading}**`, '', ...items.map((item) => `- ${safe(item)}`), ''];
