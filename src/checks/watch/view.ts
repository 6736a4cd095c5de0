import type { State } from '../../detectors/detector.js';
import type { Witness } from './events.js';
import type { Vitals } from './vitals.js';

/** One endpoint as it is now. */
export interface WatchRow {
	endpoint: string;
	protocol: string;
	state: State;
	why: string;
	by: Witness;
	score?: number;
	vitals: Vitals;
	/** 0 … 1; null: nothing is known yet. */
	uptime: number | null;
	/** What it pushed: how many reports, and what the latest one said. */
	reports: number;
	load: number | null;
	/** Percent of its usual share of requests that it asks for. */
	weight: number | null;
	metrics: Readonly<Record<string, number>>;
}

/** What detection costs, over the last minute. */
export interface Cost {
	requestsPerSecond: number;
	bytesPerSecond: number;
	reportsPerSecond: number;
}

/** All of a watch as it is now: what every display of it is made of. */
export interface WatchView {
	/** ms on the watch's clock, and since it began. */
	nowMs: number;
	elapsedMs: number;
	time: string;
	rows: readonly WatchRow[];
	asked: number;
	out: number;
	skipped: number;
	pauses: { count: number; totalMs: number };
	/** How late our own timer was: the worst of the last minute, ms. */
	lateMs: number;
	cost: Cost;
	hooks: { started: number; failed: number; refused: number; running: number };
	/** Events that nobody read in time. */
	dropped: number;
}

/** How many are in each state. */
export const census = (rows: readonly WatchRow[]): Record<State, number> => {
	const counts: Record<State, number> = { up: 0, warning: 0, suspect: 0, down: 0, unknown: 0 };
	for (const { state } of rows) counts[state]++;
	return counts;
};
