import type { Event } from '../model/event.js';
import type { ExperimentSpec, Plan } from '../model/plan.js';
import { joinExperiment, type Ledger } from './join.js';
import { sliceExperiments } from './slice.js';

/** One planned experiment, or one repeat of it (1-based); `ledger` null: it did not run. */
export interface Played {
	spec: ExperimentSpec;
	repeat: number;
	ledger: Ledger | null;
}

/** A whole run's history, sorted by time, joined: one for each experiment and repeat, in the plan's order. */
export const joinRun = (events: readonly Event[], plan: Plan): Played[] => {
	const slices = sliceExperiments(events);
	const played: Played[] = [];
	for (const spec of plan.experiments) {
		for (let repeat = 1; repeat <= spec.repeat; repeat++) {
			const slice = slices.get(played.length);
			played.push({ spec, repeat, ledger: slice ? joinExperiment(slice, spec, plan) : null });
		}
	}
	return played;
};
