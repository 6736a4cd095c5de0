import type { Occurrence } from '../faults/timeline.js';
import type { Cancel } from '../model/clock.js';
import type { PhaseEvent } from '../model/event.js';
import type { ExperimentSpec } from '../model/plan.js';
import type { Load } from './generator.js';
import { type Play, play } from './timeline.js';

/** Requests before the baseline, so that nobody's cold start counts. */
export const WARM_UP_MS = 500;

interface Stage extends Omit<Play, 'at' | 'over'> {
	/** Whose chances it draws: usually its own number. */
	draws: number;
	spec: ExperimentSpec;
	timeline: readonly Occurrence[];
	load: Load;
	/** Waits out replicas that are still busy; false if cut off. */
	settle(): Promise<boolean>;
	/** What else is done while there is traffic, given the end of the baseline: each ends by itself. */
	also?(faultsAt: number, at: (ms: number) => Promise<void>): Promise<void>[];
}

/** One experiment from its first request to its last execution: baseline, faults, heals, after, drain. Gives the next free request number. */
export const conduct = async (stage: Stage): Promise<number> => {
	const { clock, curtain, spec, experiment, load, halt } = stage;
	let over = false;
	void load.over?.then(() => {
		over = true;
	});
	const at = async (dueMs: number): Promise<void> => {
		let cancel: Cancel = () => {};
		try {
			await curtain.race(
				Promise.race([
					new Promise<void>((resolve) => {
						cancel = clock.at(dueMs, resolve);
					}),
					stage.halt.fallen,
					// Traffic that has come to its own end leaves nothing to wait for: faults heal, and what was seen is judged.
					...(load.over ? [load.over] : []),
				]),
			);
		} finally {
			// What waits for nothing any more would keep an interrupted, healed daruma from ending.
			cancel();
		}
	};
	const phase = (name: PhaseEvent['phase'], planned = clock.now(), complete?: boolean): void => {
		const t = halt.reason ? Math.min(planned, clock.now()) : planned;
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
	const ends = await Promise.allSettled([play({ ...stage, at, over: () => over }, stage.timeline, faultsAt), ...(stage.also?.(faultsAt, at) ?? [])]);
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
