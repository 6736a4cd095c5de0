import { formatDuration } from '../../model/duration.js';
import type { ExperimentSpec, Plan } from '../../model/plan.js';
import { cluster } from './cluster.js';
import { experimentTree } from './experiment.js';
import { subject } from './subject.js';
import { traffic } from './traffic.js';
import { emit, type Tree } from './tree.js';

/** The resolved plan as a daruma.yaml of its own, defaults and all: saved, it gives the same plan again. */
export const describePlan = (plan: Plan): string => {
	const head = [
		`# ${plan.file === null ? (plan.demo ? 'the demo' : 'no file') : oneLine(plan.file)}: the resolved plan; nothing has been started`,
		...plan.experiments.map((experiment) => `# ${oneLine(experiment.name)}: ${timeline(experiment)}`),
	];
	return `${head.join('\n')}\n${emit(tree(plan), 0)}\n`;
};

/** Traffic only, without start, drain and stop. */
export const trafficMs = (experiment: ExperimentSpec): number =>
	experiment.baselineMs + Math.max(...experiment.faults.map((fault) => fault.atMs + fault.forMs)) + experiment.afterMs;

const timeline = (experiment: ExperimentSpec): string => {
	const faults = experiment.faults.map((fault) => {
		const from = experiment.baselineMs + fault.atMs;
		return `${fault.kind} ${fault.target} ${formatDuration(from)}-${formatDuration(from + fault.forMs)}`;
	});
	const times = experiment.repeat > 1 ? `, ${experiment.repeat} times` : '';
	return `${faults.join(', ')}, traffic until ${formatDuration(trafficMs(experiment))}${times}`;
};

const tree = (plan: Plan): Tree => ({
	version: 1,
	seed: plan.seed,
	cluster: cluster(plan.cluster),
	...(subject(plan) !== undefined && { subject: subject(plan) as Tree }),
	traffic: traffic(plan.traffic),
	experiments: plan.experiments.map(experimentTree),
});

const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ');
