import { lastEndMs } from '../../faults/timeline.js';
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
		...plan.experiments.map((experiment) => `# ${oneLine(experiment.name)}: ${timeline(experiment, plan.cluster.replicas)}`),
	];
	return `${head.join('\n')}\n${emit(tree(plan), 0)}\n`;
};

/** Traffic only, without start, drain and stop. */
export const trafficMs = ({ baselineMs, faults, actions = [], afterMs }: ExperimentSpec, replicas: number): number =>
	baselineMs + Math.max(lastEndMs(faults, replicas), ...actions.map(({ atMs }) => atMs)) + afterMs;

const timeline = (experiment: ExperimentSpec, replicas: number): string => {
	const faults = experiment.faults.map((fault) => {
		const from = experiment.baselineMs + fault.atMs;
		const once = `${fault.kind} ${fault.target} ${formatDuration(from)}-${formatDuration(from + fault.forMs)}`;
		if (fault.flap) return `${once}, every ${formatDuration(fault.flap.everyMs)}, ${fault.flap.times} times`;
		return fault.roll ? `${once}, then the next node ${formatDuration(fault.roll.gapMs)} after each heal` : once;
	});
	for (const { kind, target, atMs } of experiment.actions ?? []) faults.push(`${kind} ${target} from ${formatDuration(experiment.baselineMs + atMs)} on`);
	if (experiment.recovery) faults.push(`recovery by ${experiment.recovery.do}`);
	const times = experiment.repeat > 1 ? `, ${experiment.repeat} times` : '';
	return `${faults.join(', ')}, traffic until ${formatDuration(trafficMs(experiment, replicas))}${times}`;
};

const tree = (plan: Plan): Tree => ({
	version: 1,
	seed: plan.seed,
	cluster: cluster(plan.cluster),
	...(subject(plan) !== undefined && { subject: subject(plan) as Tree }),
	traffic: traffic(plan.traffic),
	experiments: plan.experiments.filter(({ controlOf }) => controlOf === undefined).map(experimentTree),
});

const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ');
