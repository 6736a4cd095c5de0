import type { Cluster } from '../cluster/cluster.js';
import { selectNodes } from '../cluster/select.js';
import { inTurn } from '../cluster/turns.js';
import type { Custody } from '../custody/custody.js';
import type { Cancel, Clock } from '../model/clock.js';
import type { Event, PhaseEvent } from '../model/event.js';
import type { ExperimentSpec, FaultSpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import type { Curtain } from './curtain.js';
import type { Load } from './generator.js';
import { armInjection } from './injection.js';
import type { Progress } from './progress.js';

/** Requests before the baseline, so that nobody's cold start counts. */
export const WARM_UP_MS = 500;

interface Stage {
	experiment: number;
	/** Whose chances it draws: usually its own number. */
	draws: number;
	spec: ExperimentSpec;
	cluster: Cluster;
	load: Load;
	custody: Custody;
	curtain: Curtain;
	clock: Clock;
	rng: Rng;
	seed: number;
	probePath: string;
	probeProtocol?: 'http' | 'grpc';
	record(event: Event): void;
	onProgress(progress: Progress): void;
	/** Waits out replicas that are still busy; false if cut off. */
	settle(): Promise<boolean>;
	/** What else is done while there is traffic, given the end of the baseline: each ends by itself. */
	also?(faultsAt: number, at: (ms: number) => Promise<void>): Promise<void>[];
}

/** One experiment from its first request to its last execution: baseline, faults, heals, after, drain. Gives the next free request number. */
export const conduct = async (stage: Stage): Promise<number> => {
	const { clock, curtain, spec, experiment, load } = stage;
	const at = async (dueMs: number): Promise<void> => {
		let cancel: Cancel = () => {};
		try {
			await curtain.race(
				new Promise<void>((resolve) => {
					cancel = clock.at(dueMs, resolve);
				}),
			);
		} finally {
			// What waits for nothing any more would keep an interrupted, healed daruma from ending.
			cancel();
		}
	};
	const phase = (name: PhaseEvent['phase'], t = clock.now(), complete?: boolean): void => {
		stage.record({ kind: 'phase', t, experiment, phase: name, ...(complete === undefined ? {} : { complete }) });
		stage.onProgress({ kind: 'phase', phase: name });
	};

	const start = clock.now() + 100;
	load.start(experiment, start, stage.draws);
	phase('start', start);
	await at(start + WARM_UP_MS);
	phase('baseline', start + WARM_UP_MS);
	const faultsAt = start + WARM_UP_MS + spec.baselineMs;
	await at(faultsAt);
	phase('fault', faultsAt);
	// A fault that fails to heal must not hide that another one is still being healed: all end, then the first error counts.
	const ends = await Promise.allSettled([
		...spec.faults.flatMap((fault, index) =>
			selectNodes(
				stage.cluster.nodes.map((n) => n.name),
				fault.target,
				stage.rng.fork(`target-${stage.draws}-${index}`),
			).map((target) => inflict(stage, fault, index, target, faultsAt + fault.atMs, at)),
		),
		...(stage.also?.(faultsAt, at) ?? []),
	]);
	for (const end of ends) if (end.status === 'rejected') throw end.reason;
	const healed = clock.now();
	phase('after', healed);
	await at(healed + spec.afterMs);
	phase('drain');
	const nextId = await load.stop();
	const complete = await curtain.race(stage.settle());
	phase('end', clock.now(), complete);
	return nextId;
};

const inflict = async (stage: Stage, spec: FaultSpec, index: number, target: string, dueMs: number, at: (ms: number) => Promise<void>): Promise<void> => {
	const node = stage.cluster.nodes.find((n) => n.name === target);
	if (!node) throw new Error(`no node ${target}`);
	await at(dueMs - 50);
	const injection = await armInjection(spec, { ...stage, node, fault: index });
	await at(dueMs);
	// Until it was seen, or not, nobody mends the node; and a heal waits for a recovery that is under way.
	await at((await inTurn(node, () => injection.fire())) + spec.forMs);
	await inTurn(node, () => injection.heal());
};
