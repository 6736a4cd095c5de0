import { seenByServers } from '../checks/own-traffic.js';
import { formatDuration } from '../model/duration.js';
import type { ExperimentSpec, FaultSpec, Plan } from '../model/plan.js';
import { expectedRequests } from '../workload/stages.js';
import { targetSize } from './target-size.js';

/** Below this order statistic there is no 95 % upper bound for a 99th percentile: 0.99^299 < 5 %. */
const P99_NEEDS = 299;
/** How long each subject is known to leave a healed node alone: measured with default configs. */
const FAILBACK_MS: Record<string, number> = { nginx: 11_500, haproxy: 4500 };
const REPLAYS = ['nonIdempotentReplayed', 'nonIdempotentDoubleExecuted'];
const DEADLY = ['kill', 'term', 'crash'];
const EXECUTIONS = ['doubleExecuted', 'nonIdempotentDoubleExecuted', 'ghost', 'late', 'lost', 'ambiguous'];

/** What this plan will not be able to show, before anything is started: one sentence each. */
export const foresee = (plan: Plan): string[] => [
	...wholePlan(plan),
	...plan.experiments.flatMap((experiment) =>
		foreseeOne(plan, experiment).map((sentence) => (plan.experiments.length > 1 ? `${experiment.name}: ${sentence}` : sentence)),
	),
];

const wholePlan = ({ cluster, traffic }: Plan): string[] => [
	...(cluster.replicas === 1 ? ['one replica: there is nowhere to fail over to'] : []),
	...(traffic.command && !traffic.correlate
		? ['requests of your own traffic are told apart by the header x-daruma-id, or by what --correlate names; without an id only its exit code is judged']
		: []),
];

const foreseeOne = (plan: Plan, experiment: ExperimentSpec): string[] =>
	(plan.traffic.command
		? [tooShort, nobodySees, unheard]
		: experiment.faults.length === 0
			? [tooShort]
			: [tooFewReplays, tooFewForShares, tooFewForP99, tooShort, nobodySees, lateRecovery]
	).flatMap((look) => look(plan, experiment));

/** The union of the faults' windows: overlapping ones count once. */
export const faultWindowMs = (faults: readonly FaultSpec[], replicas: number): number => {
	let sum = 0;
	let end = 0;
	for (const [from, to] of faults.flatMap((fault) => stretches(fault, replicas)).sort((a, b) => a[0] - b[0])) {
		sum += Math.max(0, to - Math.max(end, from));
		end = Math.max(end, to);
	}
	return sum;
};

/** From and to when it lasts, each time. */
const stretches = ({ atMs, forMs, flap, roll, target }: FaultSpec, replicas: number): [number, number][] => {
	const times = flap?.times ?? (roll ? targetSize(target, replicas) : 1);
	const everyMs = flap?.everyMs ?? forMs + (roll?.gapMs ?? 0);
	return Array.from({ length: times }, (_, k) => [atMs + k * everyMs, atMs + k * everyMs + forMs]);
};

const bounded = (experiment: ExperimentSpec, metrics: readonly string[]) => experiment.expect.filter((each) => metrics.includes(each.metric));
/** Requests in the faults' windows; where the rate changes, as if they were one window that begins with the first. */
const inWindow = ({ traffic, cluster }: Plan, { faults, baselineMs, repeat }: ExperimentSpec): number => {
	const from = baselineMs + Math.min(...faults.map((fault) => fault.atMs));
	return expectedRequests(traffic, from, from + faultWindowMs(faults, cluster.replicas)) * repeat;
};

const unheard = (_plan: Plan, experiment: ExperimentSpec): string[] =>
	experiment.expect
		.filter((each) => !seenByServers(each.metric))
		.map((each) => `${each.name} is what a client sees, and your own traffic tells only its exit code: inconclusive`);

/** Share of the traffic that must not be sent twice. */
const unsafeShare = ({ traffic: { mix } }: Plan): number => {
	const sum = mix.reduce((total, entry) => total + entry.share, 0);
	return mix.filter((entry) => !entry.idempotent).reduce((total, entry) => total + entry.share, 0) / sum;
};

/**
 * Non-idempotent requests in a node's hands when it dies: rate · share · service time / nodes, by Little's law; a crash
 * also has the request that tripped it. Nodes that live on meet requests for as long as the fault lasts.
 */
const tooFewReplays = (plan: Plan, experiment: ExperimentSpec): string[] => {
	const asked = bounded(experiment, REPLAYS);
	if (asked.length === 0) return [];
	const share = unsafeShare(plan);
	if (share === 0) return [`nothing in the mix is non-idempotent: ${asked[0]!.name} will be inconclusive`];
	const { replica, replicas } = plan.cluster;
	if (replica.kind === 'command' || !experiment.faults.every((fault) => DEADLY.includes(fault.kind))) return [];
	const unsafe = new Set(plan.traffic.mix.filter((entry) => !entry.idempotent).map((entry) => entry.method));
	const inHands = (plan.traffic.rate * share * replica.serviceMs) / 1000 / replicas;
	const exposed = experiment.faults.reduce((sum, { kind, target, flap, methods = [] }) => {
		const tripped = kind !== 'crash' ? 0 : methods.length === 0 ? share : methods.every((method) => unsafe.has(method)) ? 3 : 0;
		return sum + targetSize(target, replicas) * (flap?.times ?? 1) * (inHands + tripped) * experiment.repeat;
	}, 0);
	if (exposed >= 3) return [];
	const rate = Math.ceil((plan.traffic.rate * 3) / exposed / 10) * 10;
	return [
		`about ${Number(exposed.toPrecision(2))} non-idempotent requests are in flight at the ${experiment.faults[0]!.kind}; with a chance of ${Math.round(Math.exp(-exposed) * 100)} % there are none and ${asked[0]!.name} is inconclusive: use crash with methods: [${[...unsafe].join(', ')}]${rate <= 5000 ? `, or a rate of ${rate}/s` : ''}`,
	];
};

/** n good answers of n prove a share of at least 0.05^(1/n): the best a bound on a share can hope for. A bound of 100 % is held by every sample without a failure. */
const tooFewForShares = (plan: Plan, experiment: ExperimentSpec): string[] =>
	bounded(experiment, ['availability']).flatMap(({ name, bound }) => {
		if ((bound.op !== '>=' && bound.op !== '>') || bound.value <= 0 || bound.value >= 1) return [];
		const n = inWindow(plan, experiment);
		const needs = Math.ceil(Math.log(0.05) / Math.log(bound.value));
		return n >= needs ? [] : [`${name} ${bound.text} needs ${needs} requests in the fault, all good; there will be about ${Math.round(n)}`];
	});

const tooFewForP99 = (plan: Plan, experiment: ExperimentSpec): string[] => {
	const n = inWindow(plan, experiment);
	return bounded(experiment, ['p99Ms'])
		.filter(() => n < P99_NEEDS)
		.map(({ name }) => `${name} needs ${P99_NEEDS} requests in the fault; there will be about ${Math.round(n)}`);
};

const tooShort = (plan: Plan, experiment: ExperimentSpec): string[] => {
	const found: string[] = [];
	if (experiment.baselineMs < 1000) found.push(`a baseline of ${formatDuration(experiment.baselineMs)} is too short to compare with`);
	const { subject } = plan;
	const known = subject.kind === 'client' ? (subject.ejection?.forMs ?? 0) + 500 : FAILBACK_MS[subject.kind];
	if (known !== undefined && experiment.afterMs < known && bounded(experiment, ['failbackMs', 'timeToRecoverMs']).length > 0) {
		found.push(
			`${subject.kind} may leave a healed node alone for ${formatDuration(known)}; after: ${formatDuration(experiment.afterMs)} is too short to see it come back`,
		);
	}
	return found;
};

/** Refused connections and executions that no witness counts. */
const nobodySees = (plan: Plan, experiment: ExperimentSpec): string[] => {
	const found: string[] = [];
	const dead = experiment.faults.some((fault) => DEADLY.includes(fault.kind));
	const amplification = bounded(experiment, ['amplification'])[0];
	const { kind } = plan.subject;
	if (dead && (kind === 'command' || kind === 'grpcJs' || kind === 'undici') && amplification?.bound.op.startsWith('<')) {
		found.push(
			`nobody sees the connections that a dead node refuses to ${kind === 'command' ? 'your own proxy' : kind}: ${amplification.name} ${amplification.bound.text} can fail, but not pass`,
		);
	}
	const executed = bounded(experiment, EXECUTIONS)[0];
	if (plan.cluster.replica.kind === 'command' && executed) {
		found.push(`${executed.name} is seen by replicas: let yours append its lines to $DARUMA_HISTORY, or it stays inconclusive`);
	}
	return found;
};

/** A fault that is over before the supervisor can be sure of it shows no recovery. */
const lateRecovery = (_: Plan, { recovery, faults }: ExperimentSpec): string[] => {
	if (!recovery) return [];
	const { everyMs, timeoutMs, fall } = recovery.detect;
	const knownMs = everyMs * fall + timeoutMs;
	const longest = Math.max(...faults.map((fault) => fault.forMs));
	return longest > knownMs
		? []
		: [`the supervisor may take ${formatDuration(knownMs)} to see a node down, and the fault lasts ${formatDuration(longest)}: it may never act`];
};
