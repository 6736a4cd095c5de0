import type { Event, FaultEvent, OfferedEvent, PhaseEvent } from '../model/event.js';

/** One experiment's part of a history. */
export interface Slice {
	experiment: number;
	/** Everything seen between `start` and `end`, in order of time. */
	events: readonly Event[];
	/** When each phase began, on the run's clock. */
	phases: Partial<Record<PhaseEvent['phase'], number>>;
	startMs: number;
	/** When traffic stopped: the `drain` phase, or the end. */
	trafficEndMs: number;
	endMs: number;
	/** False when client timeouts or busy replicas were not waited out, or the run was cut off: counts are lower bounds. */
	drained: boolean;
	/** Lines of the whole history that could not be read; nobody knows whose they were. */
	damaged: number;
	faults: readonly FaultEvent[];
	offered: readonly OfferedEvent[];
}

/**
 * Cuts a run's history, sorted by time, into experiments. Phases, faults and offers name their experiment; all else
 * belongs to the experiment during which it was seen. An experiment without a `start` did not run and is absent.
 */
export const sliceExperiments = (events: readonly Event[]): Map<number, Slice> => {
	const named = new Map<number, { phases: PhaseEvent[]; faults: FaultEvent[]; offered: OfferedEvent[] }>();
	for (const event of events) {
		if (event.kind !== 'phase' && event.kind !== 'fault' && event.kind !== 'offered') continue;
		const mine = named.get(event.experiment) ?? { phases: [], faults: [], offered: [] };
		named.set(event.experiment, mine);
		if (event.kind === 'phase') mine.phases.push(event);
		else if (event.kind === 'fault') mine.faults.push(event);
		else mine.offered.push(event);
	}
	const damaged = events.reduce((n, e) => n + (e.kind === 'note' ? (e.damaged ?? 0) : 0), 0);
	const starts = [...named.values()].flatMap((n) => n.phases.filter((p) => p.phase === 'start').map((p) => p.t));
	const slices = new Map<number, Slice>();
	for (const [experiment, { phases: list, faults, offered }] of named) {
		const phases: Slice['phases'] = {};
		for (const p of list) phases[p.phase] ??= p.t;
		const startMs = phases.start;
		if (startMs === undefined) continue;
		const next = starts.filter((t) => t > startMs).sort((a, b) => a - b)[0];
		const stop = next === undefined ? events.length : firstAt(events, next);
		const from = firstAt(events, startMs);
		const to = phases.end === undefined ? stop : Math.min(stop, firstAfter(events, phases.end));
		const endMs = phases.end ?? Math.max(startMs, events[stop - 1]?.t ?? startMs);
		slices.set(experiment, {
			experiment,
			events: events.slice(from, to),
			phases,
			startMs,
			trafficEndMs: phases.drain ?? endMs,
			endMs,
			drained: phases.end !== undefined && list.every((p) => p.complete !== false),
			damaged,
			faults,
			offered,
		});
	}
	return slices;
};

/** Why lines may be missing, so that no zero is proven; null if the history is whole. */
export const missing = ({ drained, damaged }: Slice): string | null => {
	if (!drained) return 'the drain was cut off, so what came later was not seen';
	return damaged > 0 ? `${damaged} lines of the history could not be read` : null;
};

/** The first position whose time is not before `t` (binary search: a history may hold millions of lines). */
const firstAt = (events: readonly Event[], t: number): number => search(events, (e) => e.t >= t);
const firstAfter = (events: readonly Event[], t: number): number => search(events, (e) => e.t > t);

const search = (events: readonly Event[], reached: (e: Event) => boolean): number => {
	let low = 0;
	let high = events.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (reached(events[middle] as Event)) high = middle;
		else low = middle + 1;
	}
	return low;
};
