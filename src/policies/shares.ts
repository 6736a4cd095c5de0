import { formatDuration } from '../model/duration.js';
import type { ChooserName } from '../model/plan.js';
import { hash } from './hash.js';
import { HashRing } from './hash-ring.js';
import { TABLE_SIZE, tableOf } from './maglev.js';
import type { Observation } from './ranking.js';
import { rendezvousScore } from './rendezvous.js';

/** What a policy makes of live endpoints: how much of the traffic each would get (in any unit), and in a few words why. */
export interface Sharing {
	shares(live: readonly Observation[]): number[];
	why(own: Observation, live: readonly Observation[]): string;
	/** Only keyed policies: the endpoints of one key, the one that has it first. */
	order?(live: readonly Observation[], key: string): number[];
}

type Cost = (o: Observation) => number | null;

/** Unknown counts as the mean of those that are known: no reason to prefer it, none to shun it. */
const filled = (live: readonly Observation[], of: Cost): number[] => {
	const known = live.flatMap((o) => of(o) ?? []);
	const mean = known.length === 0 ? 1 : known.reduce((sum, each) => sum + each, 0) / known.length;
	return live.map((o) => of(o) ?? mean);
};
/** A cost of nothing would take everything. */
const LEAST_COST = 1e-3;
const inverse = (live: readonly Observation[], of: Cost): number[] =>
	filled(live, of).map((cost, i) => (live[i] as Observation).weight / Math.max(cost, LEAST_COST));

/** The chance to be the cheaper one of two distinct nodes at random, per weight; equals share it. */
const pairwise = (live: readonly Observation[], of: Cost): number[] => {
	const costs = filled(live, of).map((cost, i) => cost / (live[i] as Observation).weight);
	if (costs.length === 1) return [1];
	return costs.map((own, i) => costs.reduce((sum, other, j) => sum + (i === j ? 0 : own < other ? 1 : own === other ? 0.5 : 0), 0));
};

const pending: Cost = ({ pending }) => pending + 1;
const mean: Cost = ({ ewmaMs, pending }) => (ewmaMs === null ? null : ewmaMs * (pending + 1));
const peak: Cost = ({ peakMs, pending }) => (peakMs === null ? null : peakMs * (pending + 1));
const reported: Cost = ({ load }) => (load === null ? null : Math.max(load, 0.01));

const ms = (value: number | null): string => (value === null ? 'no answer yet, counted as the mean of the others' : formatDuration(value));
const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
const outstanding = ({ pending }: Observation): string => (pending === 0 ? '' : `, ${pending} outstanding`);
const byWeight = ({ weight }: Observation): string => (weight === 1 ? '' : `, weight ${weight}`);
const byMean = (o: Observation): string => `mean ${ms(o.ewmaMs)}${outstanding(o)}${byWeight(o)}`;
const byPeak = (o: Observation): string => `peak-sensitive mean ${ms(o.peakMs)}${outstanding(o)}${byWeight(o)}`;
const byPending = (o: Observation): string => `${o.pending} outstanding${byWeight(o)}`;
const configured = (o: Observation, live: readonly Observation[]): string =>
	`weight ${o.weight} of ${Number(live.reduce((sum, { weight }) => sum + weight, 0).toFixed(3))}`;

const alike: Sharing = { shares: (live) => live.map(() => 1), why: (_, live) => `one of ${live.length}, all alike` };
const weights: Sharing = { shares: (live) => live.map(({ weight }) => weight), why: configured };

const hosts = (live: readonly Observation[]) => live.map(({ endpoint, weight }, index) => ({ index, name: endpoint, weight }));
const ringShares = (live: readonly Observation[]): number[] => {
	const arcs = new HashRing(hosts(live)).shares();
	return live.map((_, i) => arcs.get(i) ?? 0);
};
const ringOrder = (live: readonly Observation[], key: string): number[] => {
	const ring = new HashRing(hosts(live));
	const order: number[] = [];
	for (let next = ring.find(key, () => true); next !== undefined; next = ring.find(key, (i) => !order.includes(i))) order.push(next);
	return order;
};
const maglevShares = (live: readonly Observation[]): number[] => {
	const places = live.map(() => 0);
	for (const host of tableOf(hosts(live))) places[host]! += 1;
	return places;
};
const BOUND = 1.25;
/** No more than `BOUND` times its due; what is above flows to the others in proportion. */
const bounded = (live: readonly Observation[]): number[] => {
	const all = live.reduce((sum, { weight }) => sum + weight, 0);
	const most = live.map(({ weight }) => (BOUND * weight) / all);
	const shares = ringShares(live);
	for (let round = 0; round < live.length; round++) {
		const surplus = shares.reduce((sum, share, i) => sum + Math.max(0, share - (most[i] as number)), 0);
		if (surplus < 1e-12) break;
		const below = shares.reduce((sum, share, i) => sum + (share < (most[i] as number) ? share : 0), 0);
		for (const [i, share] of shares.entries()) shares[i] = share < (most[i] as number) ? share + (surplus * share) / below : (most[i] as number);
	}
	return shares;
};

/** gRPC A58 for probes: who says how busy it is and not how much it serves is taken to serve as much as the others. */
const capacity: Cost = ({ load, qps, failures }) => (load === null || load <= 0 ? null : (qps ?? 1) / (load + failures));
const HOT = 0.84;
const hotAbove = (live: readonly Observation[]): number => {
	const sorted = live.map(({ pending }) => pending).sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(HOT * sorted.length))] ?? 0;
};

export const SHARES: Record<ChooserName, Sharing> = {
	random: alike,
	'round-robin': alike,
	weighted: weights,
	'weighted-edf': weights,
	'least-load': { shares: (live) => inverse(live, pending), why: byPending },
	'least-request': {
		shares: (live) => (live.every(({ weight }) => weight === live[0]?.weight) ? pairwise(live, pending) : inverse(live, pending)),
		why: byPending,
	},
	p2c: { shares: (live) => pairwise(live, pending), why: byPending },
	'least-response-time': { shares: (live) => inverse(live, mean), why: byMean },
	'peak-ewma': { shares: (live) => inverse(live, peak), why: byPeak },
	'p2c-peak-ewma': { shares: (live) => pairwise(live, peak), why: byPeak },
	'max-throughput': {
		shares: (live) => filled(live, ({ throughput }) => throughput).map((rate, i) => rate * (live[i] as Observation).weight),
		why: (o) =>
			o.throughput === null
				? 'nothing answered yet, counted as the mean of the others'
				: `${Number(o.throughput.toFixed(1))} good answers a second of a busy slot${byWeight(o)}`,
	},
	rendezvous: {
		...weights,
		order: (live, key) => live.map((_, i) => i).sort((a, b) => rendezvousScore(key, hosts(live)[b]!) - rendezvousScore(key, hosts(live)[a]!)),
	},
	ring: { shares: ringShares, why: (o) => `its arcs of the ring${byWeight(o)}`, order: ringOrder },
	maglev: {
		shares: maglevShares,
		why: (o) => `its places in the table${byWeight(o)}`,
		order: (live, key) => {
			const order: number[] = [];
			const left = hosts(live);
			while (left.length > 0) order.push(...left.splice(tableOf(left)[hash(key) % TABLE_SIZE] as number, 1).map(({ index }) => index));
			return order;
		},
	},
	'bounded-load': { shares: bounded, why: (o) => `its arcs of the ring, at most ${BOUND} × its due${byWeight(o)}`, order: ringOrder },
	'orca-weighted': {
		shares: (live) => filled(live, capacity),
		why: (o) =>
			o.load === null
				? 'reports no load, counted as the mean of the others'
				: `reports ${percent(o.load)} in use${o.qps === null ? '' : ` at ${Number(o.qps.toFixed(1))}/s`}${o.failures > 0 ? `, ${percent(o.failures)} failed` : ''}`,
	},
	'least-reported-load': {
		shares: (live) => inverse(live, reported),
		why: (o) => (o.load === null ? 'reports no load, counted as the mean of the others' : `reports ${percent(o.load)} in use${byWeight(o)}`),
	},
	prequal: {
		shares: (live) => {
			const hot = hotAbove(live);
			return inverse(live, (o) => (o.ewmaMs === null ? null : o.ewmaMs * (o.pending > hot ? o.pending + 1 : 1)));
		},
		why: (o, live) => `${o.pending > hotAbove(live) ? 'hot' : 'cold'} (${o.pending} in flight), mean ${ms(o.ewmaMs)}`,
	},
};
