import { METRICS } from '../model/metrics.js';
import type { Check, ExperimentResult, RunResult } from '../model/run.js';
import { claims } from './claims.js';
import { type Cell, columns, wrap } from './columns.js';
import { clean } from './escape.js';
import { matrix, verdictCell } from './matrix.js';
import { remedy } from './remedies.js';
import { repeatLines } from './repeats.js';
import type { Report, ReportOptions } from './report.js';
import { story } from './story.js';
import { byUrgency, describeFault, describeSubject, describeValue, fellShort, headline, namesOf, runFolder, runId } from './words.js';

const INDENT = '      ';

/**
 * The end of a run in a terminal, for someone who has ten seconds: the verdict; per experiment what was done to whom and
 * when, then the checks, those that fell short first, with why and what to do next; what it proves; where the run is.
 */
export const table: Report = (result, options) => {
	const { style } = options;
	const names = namesOf(result.experiments);
	const many = result.experiments.length > 1;
	const detailed = result.experiments
		.map((experiment, i) => ({ experiment, name: names[i]! }))
		.filter(({ experiment }) => !many || experiment.verdict !== 'pass');
	const lines = [
		`${paintVerdict(result.verdict, options)}  ${style.bold(headline(result))}${style.dim(`  ${clean(describeSubject(result))}, seed ${result.seed}`)}`,
		'',
		...(many ? [...matrix(result, options), ''] : []),
		...repeatLines(result).flatMap((line) => wrap(clean(line), options.width, '  ')),
		...(result.repeats ? [''] : []),
		...detailed.flatMap(({ experiment, name }) => [...describeExperiment(experiment, name, result, options, many), '']),
		...describeClaims(result, options),
		...nextSteps(result, options),
	];
	return `${lines.join('\n')}\n`;
};

const paintVerdict = (verdict: RunResult['verdict'], { style }: ReportOptions): string => {
	const { text, paint = (same: string) => same } = verdictCell(verdict, style);
	return paint(text);
};

const describeExperiment = (experiment: ExperimentResult, name: string, result: RunResult, options: ReportOptions, many: boolean): string[] => {
	const { style } = options;
	const shown = many ? fellShort(experiment.checks) : byUrgency(experiment.checks);
	return [
		style.bold(clean(name)),
		...experiment.events.map((event) => `  ${style.dim(clean(describeFault(event)))}`),
		...tell(story(experiment, replicasOf(result)), options),
		...checkLines(shown, experiment, result, options),
		...(many ? [] : alsoSeen(experiment, options)),
		...experiment.notes.flatMap((note) => wrap(`note: ${clean(note)}`, options.width, '  ').map(style.dim)),
	];
};

const tell = (text: string, { width }: ReportOptions): string[] => (text === '' ? [] : wrap(clean(text), width, '  '));

/** How many nodes there were, where the run says so. */
const replicasOf = ({ replicas }: RunResult): number | null => replicas ?? null;

/** What was measured and not asked about: the failover and the recovery themselves. */
const alsoSeen = ({ metrics, checks }: ExperimentResult, { style, width }: ReportOptions): string[] => {
	const checked = new Set(checks.map((check) => check.metric));
	const seen = METRICS.flatMap((info) => {
		const measure = metrics[info.name];
		return measure && measure.value !== null && !checked.has(info.name) ? [`${info.alias} ${describeValue(info.name, measure)}`] : [];
	});
	return seen.length === 0 ? [] : wrap(`also seen: ${seen.join(', ')}`, width, '  ').map(style.dim);
};

/** Columns over all checks, with the story of each one that fell short right under it. */
const checkLines = (checks: readonly Check[], experiment: ExperimentResult, result: RunResult, options: ReportOptions): string[] => {
	const rows = columns(
		checks.map((check): Cell[] => [
			verdictCell(check.verdict, options.style),
			{ text: clean(check.name) },
			{ text: describeValue(check.metric, check), right: true },
			{ text: clean(check.bound), paint: options.style.dim },
			{ text: check.asked ? '' : 'judged anyway', paint: options.style.dim },
		]),
		'  ',
	);
	return checks.flatMap((check, i) => [rows[i]!, ...(check.verdict === 'pass' ? [] : details(check, experiment, result, options))]);
};

const details = (check: Check, experiment: ExperimentResult, result: RunResult, { style, width }: ReportOptions): string[] => {
	const next = check.next ?? remedy(check, experiment, result);
	const request = check.evidence.find((each) => /^r\d+$/.test(each));
	const more = check.evidence.length > 6 ? ` and ${check.evidence.length - 6} more` : '';
	return [
		...wrap(clean(check.why), width, INDENT),
		...(check.evidence.length > 0 ? wrap(`evidence: ${check.evidence.slice(0, 6).map(clean).join(' ')}${more}`, width, INDENT) : []),
		...(request ? [`${INDENT}${style.cyan(`daruma explain ${clean(runId(result))} ${request}`)}`] : []),
		...(next ? wrap(`next: ${clean(next)}`, width, INDENT).map(style.cyan) : []),
	];
};

const describeClaims = (result: RunResult, { style, width }: ReportOptions): string[] => {
	const { proved, open } = claims(result);
	const part = (heading: string, items: readonly string[]): string[] =>
		items.length === 0
			? []
			: [style.bold(heading), ...items.flatMap((item) => wrap(clean(item), width, '    ').map((line, i) => (i === 0 ? `  - ${line.trimStart()}` : line)))];
	return [...part('proved', proved), ...part('left open', open), ''];
};

const nextSteps = (result: RunResult, { style }: ReportOptions): string[] => [
	`${style.dim('run')}  ${clean(runFolder(result))}`,
	...(result.demo ? [`${style.dim('now')}  ${style.cyan('daruma verify --subject nginx')}  (or haproxy, client, your config file)`] : []),
];
