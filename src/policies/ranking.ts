import type { State } from '../detectors/detector.js';
import type { ChooserName } from '../model/plan.js';
import { apportion } from './apportion.js';
import { SHARES } from './shares.js';

/** What is known of one endpoint when it is ranked. Times in ms, ratios 0 … 1; null: not seen. */
export interface Observation {
	endpoint: string;
	state: State;
	/** Why it is in this state, as its detector says. */
	stateWhy?: string;
	/** As configured, above 0. */
	weight: number;
	/** Decayed mean of latency, and the same with peaks believed at once (src/policies/load.ts). */
	ewmaMs: number | null;
	peakMs: number | null;
	/** Good answers per second of a slot that is kept busy. */
	throughput: number | null;
	/** Questions without an answer yet. */
	pending: number;
	/** What it reports: share of its capacity in use (may exceed 1), and requests a second. */
	load: number | null;
	qps: number | null;
	/** Share of its samples that failed. */
	failures: number;
}

/** One line of `rank --json`. */
export interface Place {
	/** 1 is best; equals keep the order in which they were given. */
	rank: number;
	endpoint: string;
	state: State;
	/** The share of requests that this policy would send there now, 0 … 1; with a key: 1 for its endpoint, 0 for the others. */
	score: number;
	/** The same as a whole number for a balancer's config (largest remainder of 100, at least 1); 0: it is down. */
	weight: number;
	why: string;
}

/**
 * The endpoints in the order of a policy, best first, those that are down last. A ranking is what the policy would do
 * with these observations and no more traffic: a chooser that reacts to every request has no fixed shares, so cost-based
 * ones are shared inversely to cost, and two choices by the chance to win a pair.
 */
export const rank = (policy: ChooserName, observations: readonly Observation[], key?: string): Place[] => {
	const { shares, why, order } = SHARES[policy];
	const live = observations.filter(({ state }) => state !== 'down');
	const parts = live.length === 0 ? [] : shares(live);
	const total = parts.reduce((sum, part) => sum + part, 0);
	const even = parts.map((part) => part / total);
	// A chooser may never take the worst of several; a config that says 0 would take it out altogether.
	const weights = apportion(even.map((share) => Math.max(share, Number.EPSILON)));
	const preferred = key === undefined || !order ? null : order(live, key);
	const places = live.map((o, i) => {
		const at = preferred?.indexOf(i) ?? 0;
		const score = preferred ? (at === 0 ? 1 : 0) : (even[i] as number);
		const reason = preferred ? (at === 0 ? `has the key ${JSON.stringify(key)}` : `${ordinal(at)} after the one that has the key`) : why(o, live);
		return { endpoint: o.endpoint, state: o.state, score, weight: weights[i] as number, why: withState(o, reason), at };
	});
	const down = observations
		.filter(({ state }) => state === 'down')
		.map((o) => ({ endpoint: o.endpoint, state: o.state, score: 0, weight: 0, why: o.stateWhy ?? 'down', at: live.length }));
	return [...places.sort((a, b) => a.at - b.at || b.score - a.score), ...down].map(({ at: _, ...place }, i) => ({ rank: i + 1, ...place }));
};

const withState = ({ state, stateWhy }: Observation, why: string): string =>
	state === 'up' || state === 'unknown' ? why : `${why}; ${state}${stateWhy ? `: ${stateWhy}` : ''}`;

const ordinal = (n: number): string => (n === 1 ? 'first' : n === 2 ? 'second' : n === 3 ? 'third' : `${n}th`);
