import type { ExperimentResult, RunResult } from '../model/run.js';
import { type Cell, columns } from './columns.js';
import { clean } from './escape.js';
import type { ReportOptions } from './report.js';
import { PLAIN, type Style } from './style.js';
import { describeValue, namesOf } from './words.js';

/** One subject under several faults, side by side: [heading, metric]. */
export const MATRIX: readonly (readonly [string, string])[] = [
	['availability', 'availability'],
	['errors for', 'errorWindowMs'],
	['failover', 'timeToFailoverMs'],
	['detect', 'timeToDetectMs'],
	['replayed POSTs', 'nonIdempotentReplayed'],
	['executed twice', 'doubleExecuted'],
	['p99', 'p99Ms'],
];

/** What goes first where a terminal is too narrow for all. */
const SPARED = ['timeToDetectMs', 'errorWindowMs', 'p99Ms', 'timeToFailoverMs'];

export const matrix = (result: RunResult, { style, width }: Pick<ReportOptions, 'style' | 'width'>): string[] => {
	for (let spare = 0; ; spare++) {
		const shown = MATRIX.filter(([, metric]) => !SPARED.slice(0, spare).includes(metric));
		const fits = draw(result, shown, PLAIN).every((line) => line.length <= width);
		if (fits || spare === SPARED.length) return draw(result, shown, style);
	}
};

const draw = (result: RunResult, shown: typeof MATRIX, style: Style): string[] => {
	const names = namesOf(result.experiments);
	const head: Cell[] = [
		{ text: '' },
		{ text: 'experiment', paint: style.dim },
		...shown.map(([heading]): Cell => ({ text: heading, paint: style.dim, right: true })),
	];
	return columns([head, ...result.experiments.map((experiment, i) => row(experiment, names[i]!, shown, style))]);
};

const row = (experiment: ExperimentResult, name: string, shown: typeof MATRIX, style: Style): Cell[] => [
	verdictCell(experiment.verdict, style),
	{ text: clean(name) },
	...shown.map(([, metric]): Cell => {
		const measure = experiment.metrics[metric];
		const checks = experiment.checks.filter((check) => check.metric === metric);
		const failed = checks.some((check) => check.verdict === 'fail');
		const unsure = checks.some((check) => check.verdict === 'inconclusive');
		const text = measure ? describeValue(metric, measure).replace('not seen', '-') : '-';
		return { text, right: true, ...(failed ? { paint: style.red } : unsure ? { paint: style.yellow } : {}) };
	}),
];

export const verdictCell = (verdict: ExperimentResult['verdict'], style: Style): Cell => {
	if (verdict === 'pass') return { text: 'pass', paint: style.green };
	return verdict === 'fail' ? { text: 'FAIL', paint: (text) => style.bold(style.red(text)) } : { text: 'inconclusive', paint: style.yellow };
};
