import { formatValue } from '../model/bound.js';
import { formatDuration } from '../model/duration.js';
import { METRICS, type MetricInfo } from '../model/metrics.js';
import type { Check, ExperimentResult, FaultTimes, Measure, RunResult, VerdictWord } from '../model/run.js';

const FALLBACK: MetricInfo['unit'] = 'factor';
const unitOf = (metric: string): MetricInfo['unit'] => METRICS.find((info) => info.name === metric)?.unit ?? FALLBACK;

/** A measured value as people read it; "not seen" is never 0, and what outlasted its window is a lower limit. */
export const describeValue = (metric: string, measure: Pick<Measure, 'value' | 'lo' | 'hi'>): string => {
	if (metric === 'halt') return 'met';
	const unit = unitOf(metric);
	const { value, lo, hi } = measure;
	if (metric === 'command') return `exit ${value}`;
	if (value === null) return lo !== null && lo > 0 && hi === null ? `over ${formatValue(lo, unit)}` : 'not seen';
	const atLeast = hi === null && (unit === 'count' || unit === 'ms' || unit === 'factor');
	return `${atLeast ? 'at least ' : ''}${formatValue(value, unit)}`;
};

/** `kill n2 at 4s · effective after 2ms · healed at 14s` */
export const describeFault = ({ kind, target, nth, intendedMs, effectiveMs, healedMs }: FaultTimes): string => {
	const effective = effectiveMs === null ? 'never seen to take effect' : `effective after ${formatDuration(Math.max(0, effectiveMs - intendedMs))}`;
	const healed = healedMs === null ? 'not seen to heal' : `healed at ${formatDuration(healedMs)}`;
	return `${kind} ${target}${nth === undefined ? '' : ` (time ${nth})`} at ${formatDuration(intendedMs)} · ${effective} · ${healed}`;
};

const RANK: Record<VerdictWord, number> = { fail: 0, inconclusive: 1, pass: 2 };
/** What fell short first; asked for before judged anyway. */
export const byUrgency = (checks: readonly Check[]): Check[] =>
	[...checks].sort((a, b) => RANK[a.verdict] - RANK[b.verdict] || Number(b.asked) - Number(a.asked));

export const fellShort = (checks: readonly Check[]): Check[] => byUrgency(checks).filter((check) => check.verdict !== 'pass');

/** Each experiment's name; repeats of one are numbered. */
export const namesOf = (experiments: readonly ExperimentResult[]): string[] => {
	const seen = new Map<string, number>();
	return experiments.map(({ name }) => {
		const nth = (seen.get(name) ?? 0) + 1;
		seen.set(name, nth);
		const repeated = experiments.filter((each) => each.name === name).length > 1;
		return repeated ? `${name} (${nth})` : name;
	});
};

/** `2026-11-23-x7`, for the commands that take a run. */
export const runId = ({ run }: RunResult): string => run.split('/').filter(Boolean).at(-1) ?? run;
export const runFolder = (result: RunResult): string => (result.run.includes('/') ? result.run : `.daruma/runs/${result.run}`);

export const countVerdicts = (verdicts: readonly VerdictWord[]): Record<VerdictWord, number> => ({
	pass: verdicts.filter((each) => each === 'pass').length,
	fail: verdicts.filter((each) => each === 'fail').length,
	inconclusive: verdicts.filter((each) => each === 'inconclusive').length,
});

/** `all 3 experiments held` · `1 of 3 experiments fell short` · `1 of 3 could not be decided` */
export const headline = ({ experiments }: RunResult): string => {
	const { fail, inconclusive } = countVerdicts(experiments.map((each) => each.verdict));
	const n = experiments.length;
	if (n === 0) return 'nothing was tested';
	const of = n === 1 ? 'the experiment' : `of ${n} experiments`;
	if (fail > 0) return n === 1 ? `${of} fell short` : `${fail} ${of} fell short${inconclusive > 0 ? `, ${inconclusive} could not be decided` : ''}`;
	if (inconclusive > 0) return n === 1 ? `${of} could not be decided` : `${inconclusive} ${of} could not be decided`;
	return n === 1 ? 'every check held' : `all ${n} experiments held`;
};

/** The subject's kind and the facts that tell which one it was. */
export const describeSubject = ({ subject }: RunResult): string => {
	const told = ['version', 'config', 'policy'].flatMap((key) => (typeof subject[key] === 'string' ? [subject[key]] : []));
	return [subject.kind, ...told].join(' ');
};
