import type { Cluster } from '../cluster/cluster.js';
import { selectNodes } from '../cluster/select.js';
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
	spec: ExperimentSpec;
	cluster: Cluster;
	load: Load;
	custody: Custody;
	curtain: Curtain;
	clock: Clock;
	rng: Rng;
	seed: number;
	probePath: string;
	record(event: Event): void;
	onProgress(progress: Progress): void;
	/** Waits out replicas that are still busy; false if cut off. */
	settle(): Promise<boolean>;
}

/** One experiment from its first request to its last execution: baseline, faults, heals, after, drain. Gives the next free request number. */
export const conduct = async (stage: Stage): Promise<number> => {
	const { clock, curtain, spec, experiment, load } = stage;
	// Traffic that has come to its own end leaves nothing to wait for: faults heal, and what was seen is judged.
	let over = false;
	void load.over?.then(() => {
		over = true;
	});
	const at = async (dueMs: number): Promise<void> => {
		let cancel: Cancel = () => {};
		try {
			await curtain.race(
				new Promise<void>((resolve) => {
					cancel = clock.at(dueMs, resolve);
					void load.over?.then(resolve);
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
	load.start(experiment, start);
	phase('start', start);
	await at(start + WARM_UP_MS);
	phase('baseline', start + WARM_UP_MS);
	const faultsAt = start + WARM_UP_MS + spec.baselineMs;
	await at(faultsAt);
	phase('fault', faultsAt);
	// A fault that fails to heal must not hide that another one is still being healed: all end, then the first error counts.
	const ends = await Promise.allSettled(
		spec.faults.flatMap((fault, index) =>
			selectNodes(
				stage.cluster.nodes.map((n) => n.name),
				fault.target,
				stage.rng.fork(`target-${experiment}-${index}`),
			).map((target) => inflict(stage, fault, index, target, faultsAt + fault.atMs, at, () => over)),
		),
	);
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

const inflict = async (
	stage: Stage,
	spec: FaultSpec,
	index: number,
	target: string,
	dueMs: number,
	at: (ms: number) => Promise<void>,
	over: () => boolean,
): Promise<void> => {
	const node = stage.cluster.nodes.find((n) => n.name === target);
	if (!node) throw new Error(`no node ${target}`);
	await at(dueMs - 50);
	if (over()) return;
	const injection = await armInjection(spec, { ...stage, node, fault: index });
	await at(dueMs);
	await at((await injection.fire()) + spec.forMs);
	await injection.heal();
};
