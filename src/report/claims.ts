import type { ExperimentResult, RunResult } from '../model/run.js';
import { namesOf } from './words.js';

const OF_RECOVERY: readonly string[] = ['recoveryMs', 'recoveries', 'recoveryFailed', 'recoveryStorm', 'outAtOnce', 'flapping'];

export interface Claims {
	proved: string[];
	open: string[];
}

/** What this run shows, in terms of how often it looked; and what it leaves open. A green run proves less than it seems to. */
export const claims = (result: RunResult): Claims => {
	const names = namesOf(result.experiments);
	const many = names.length > 1;
	const told = (pick: (experiment: ExperimentResult) => string[]): string[] =>
		result.experiments.flatMap((experiment, i) => {
			const texts = pick(experiment);
			return many && texts.length > 0 ? [`${names[i]}: ${texts.join('; ')}`] : texts;
		});
	return {
		proved: told((experiment) => experiment.checks.flatMap((check) => (check.verdict === 'pass' ? [`${check.name} ${check.bound}: ${check.why}`] : []))),
		open: [...told(openOf), ...oneSample(result.experiments)],
	};
};

const openOf = (experiment: ExperimentResult): string[] => {
	const undecided = experiment.checks.filter((check) => check.verdict === 'inconclusive').map((check) => `${check.name} ${check.bound}: ${check.why}`);
	const unseen = Object.entries(experiment.metrics).filter(([, measure]) => measure.value === null);
	const asked = new Set(experiment.checks.map((check) => check.metric));
	// Where nobody was to recover anything, its figures are no gap in what was seen.
	const beside = experiment.recoveries === undefined ? OF_RECOVERY : [];
	// Replicas that are registered nowhere leave nothing to be seen there.
	const unregistered = (metric: string): boolean => metric === 'timeToDeregisterMs' && experiment.metrics[metric]?.exposure === 0;
	const silent = unseen.filter(([metric]) => !asked.has(metric) && !beside.includes(metric) && !unregistered(metric)).map(([metric]) => metric);
	return silent.length === 0 ? undecided : [...undecided, `not seen: ${silent.join(', ')}`];
};

/** Thousands of requests through one kill are one sample of a failover time. */
const oneSample = (experiments: readonly ExperimentResult[]): string[] => {
	const timed = experiments.flatMap((each) => each.checks).filter((check) => check.verdict === 'pass' && /^timeTo|^failback/.test(check.metric));
	return timed.some((check) => check.exposure < 59)
		? ['times come from few fault events: 59 in a row that hold (repeat: 59) would show that 95 % of them do']
		: [];
};
