import type { Event, PhaseEvent } from '../model/event.js';
import type { ClientSpec, ExperimentSpec, Plan } from '../model/plan.js';
import { type Rng, rng } from '../model/rng.js';
import { createBrain } from '../resilience/brain.js';
import type { ClientBrain } from '../resilience/call.js';
import { VirtualClock } from './clock.js';
import { inflict, targets } from './faults.js';
import { SimulatedNode } from './node.js';
import { SimulatedTraffic } from './traffic.js';
import { Truth } from './truth.js';

export interface SimulationOptions {
	/** Another brain in the client's place: for clients that do not do what their specification says. */
	brain?: (spec: ClientSpec, nodes: readonly string[], rng: Rng) => ClientBrain;
	/** The client goes on trying for users who have gone. Default false. */
	lingers?: boolean;
	/** Requests that a node serves at once; default unlimited, as the built-in replica. */
	servers?: number;
	/** Around the replica's serviceMs; default constant. */
	service?: 'constant' | 'exponential';
	/** One way between client and node, ms; default 0.2. */
	netMs?: number;
	/** From a new process to its first answer, ms; default 300. */
	startMs?: number;
}

export interface Simulation {
	/** Sorted by time, as a history file is when it has been read. */
	events: Event[];
	/** One per experiment, repeats counted. */
	truths: Truth[];
}

/** As in a live run. */
const WARM_UP_MS = 500;
const DRAIN_LIMIT_MS = 10_000;

/**
 * A plan with the built-in client, played in virtual time: the real brain against simulated nodes. Gives the same
 * events as a live run, so that ledger and checks judge it unchanged, and beside them the truth. The same seed gives
 * the same run.
 */
export const simulate = (plan: Plan, options: SimulationOptions = {}): Simulation => {
	const events: Event[] = [];
	const record = (event: Event): void => void events.push(event);
	record({ kind: 'header', t: 0, schema: 'daruma.history/1', run: `simulated-${plan.seed}`, seed: plan.seed, startedAt: new Date(0).toISOString() });
	const truths: Truth[] = [];
	let startMs = 100;
	let firstId = 1;
	for (const spec of plan.experiments) {
		for (let repeat = 0; repeat < spec.repeat; repeat++) {
			const truth = new Truth();
			const end = play({ plan, options, spec, experiment: truths.length, startMs, firstId, truth, record });
			truths.push(truth);
			startMs = end.nowMs + 100;
			firstId = end.nextId;
		}
	}
	return { events: events.sort((a, b) => a.t - b.t), truths };
};

interface Part {
	plan: Plan;
	options: SimulationOptions;
	spec: ExperimentSpec;
	experiment: number;
	startMs: number;
	firstId: number;
	truth: Truth;
	record(event: Event): void;
}

/** One experiment on fresh nodes, with the phases of a live one. */
const play = ({ plan, options, spec, experiment, startMs, firstId, truth, record }: Part): { nowMs: number; nextId: number } => {
	if (plan.subject.kind !== 'client') throw new Error(`only the built-in client runs in virtual time, not ${plan.subject.kind}`);
	const { netMs = 0.2, servers = Number.POSITIVE_INFINITY, service = 'constant' } = options;
	const meanMs = plan.cluster.replica.kind === 'command' ? 0 : plan.cluster.replica.serviceMs;
	const root = rng(plan.seed);
	const clock = new VirtualClock(startMs - 100);
	const serviceMs = (chance: Rng): number => (service === 'constant' ? meanMs : -Math.log(1 - chance.next()) * meanMs);
	const names = Array.from({ length: plan.cluster.replicas }, (_, i) => `n${i + 1}`);
	const nodes = names.map((name) => new SimulatedNode({ name, clock, rng: root.fork(`node ${experiment} ${name}`), truth, record, serviceMs, servers }));
	for (const node of nodes) node.start();

	const phase = (name: PhaseEvent['phase'], t: number, complete?: boolean): void =>
		record({ kind: 'phase', t, experiment, phase: name, ...(complete === undefined ? {} : { complete }) });
	const brain = (options.brain ?? createBrain)(plan.subject, names, root.fork('client'));
	const traffic = new SimulatedTraffic(
		{
			brain,
			nodes,
			clock,
			truth,
			netMs,
			record,
			traffic: plan.traffic,
			rng: root.fork(`traffic ${experiment}`),
			experiment,
			firstId,
			lingers: options.lingers ?? false,
		},
		startMs,
	);
	phase('start', startMs);
	phase('baseline', startMs + WARM_UP_MS);
	const faultsAt = startMs + WARM_UP_MS + spec.baselineMs;
	phase('fault', faultsAt);

	let over = false;
	const lag = (): void => {
		for (const process of ['generator', ...names]) record({ kind: 'lag', t: clock.now(), process, lagMs: 0 });
		clock.at(clock.now() + 1000, lag);
	};
	clock.at(startMs, lag);
	const finish = (complete: boolean): void => {
		traffic.close();
		phase('end', clock.now(), complete);
		over = true;
	};
	/** Waits for the users, then for idle nodes. */
	const settle = (limitMs: number): void => {
		if (traffic.waiting === 0 && nodes.every((node) => node.idle)) finish(true);
		else if (clock.now() >= limitMs) finish(false);
		else clock.limit(clock.now() + 25, () => settle(limitMs));
	};
	const after = (): void => {
		phase('after', clock.now());
		clock.at(clock.now() + spec.afterMs, () => {
			phase('drain', clock.now());
			traffic.stop();
			settle(clock.now() + plan.traffic.timeoutMs + DRAIN_LIMIT_MS);
		});
	};
	const faultNeeds = { clock, truth, seed: plan.seed, experiment, startMs: options.startMs ?? 300, probeMs: 2 * netMs + meanMs, record };
	const victims = spec.faults.flatMap((fault, index) =>
		targets(nodes, fault.target, root.fork(`target-${experiment}-${index}`)).map((node) => ({ fault, index, node })),
	);
	let suffering = victims.length;
	const healed = (): void => {
		suffering -= 1;
		if (suffering === 0) after();
	};
	for (const { fault, index, node } of victims) inflict(faultNeeds, fault, index, node, faultsAt + fault.atMs, healed);
	if (victims.length === 0) clock.at(faultsAt, after);
	clock.run(() => over);
	return { nowMs: clock.now(), nextId: traffic.nextId };
};
