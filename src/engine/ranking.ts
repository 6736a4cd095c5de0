import type { Opinion } from '../detectors/detector.js';
import { CHOOSER_NAMES, type ChooserName, KEYED_POLICIES, REPORTED_POLICY_NAMES } from '../model/plan.js';
import type { Sample } from '../model/sample.js';
import type { PolicyRegret, PolicyStanding, Recommendation, Situation } from '../model/simulation.js';

export type { Recommendation, Situation } from '../model/simulation.js';

import { ewma, type Load, peakEwma } from '../policies/load.js';
import { type Observation, rank } from '../policies/ranking.js';
import { compare } from '../simulator/comparison.js';
import { regrets } from '../simulator/regret.js';
import type { Disturbance, Scene, SceneNode } from '../simulator/scene.js';

/** One endpoint with all that was heard of it. */
export interface Watched {
	endpoint: string;
	weight: number;
	opinion: Opinion;
	samples: readonly Sample[];
	/** Questions without an answer yet. */
	pending?: number;
}

/** Samples that say something of the endpoint; what our own machine did is no evidence. */
const telling = ({ samples }: Watched): Sample[] => samples.filter(({ reason }) => reason !== 'local');

/**
 * What policies need to know of endpoints, from their samples alone. Latencies go through the very load metrics that the
 * policies use, all endpoints in one, in the order in which they were known: a failure counts against the cheapest other.
 */
export const observe = (watched: readonly Watched[]): Observation[] => {
	const [mean, peak] = [ewma(), peakEwma()];
	const heard = watched.flatMap((each, index) => telling(each).map((sample) => ({ index, sample }))).sort((a, b) => a.sample.endMs - b.sample.endMs);
	for (const { index, sample } of heard) {
		const outcome = { ok: sample.verdict !== 'failed', latencyMs: sample.endMs - sample.sentMs, now: sample.endMs };
		for (const load of [mean, peak]) {
			load.sent(index, sample.sentMs);
			load.done(index, outcome);
		}
	}
	return watched.map((each, index): Observation => {
		const samples = telling(each);
		const good = samples.filter(({ verdict }) => verdict !== 'failed');
		const busyMs = samples.reduce((sum, { sentMs, endMs }) => sum + endMs - sentMs, 0);
		// Read when it was last heard: the decay that makes a client try a node again is no measurement.
		const lastMs = Math.max(...samples.map(({ endMs }) => endMs));
		const of = (load: Load): number | null => (samples.length === 0 ? null : load.of(index, lastMs));
		const report = samples.findLast(({ load }) => load !== undefined)?.load;
		return {
			endpoint: each.endpoint,
			state: each.opinion.state,
			stateWhy: each.opinion.why,
			weight: each.weight,
			ewmaMs: of(mean),
			peakMs: of(peak),
			throughput: samples.length === 0 || busyMs === 0 ? null : (good.length / busyMs) * 1000,
			pending: each.pending ?? 0,
			load: report === undefined ? null : report / 100,
			qps: null,
			failures: samples.length === 0 ? 0 : 1 - good.length / samples.length,
		};
	});
};

/** `rank --json`: `daruma.rank/1`. */
export const ranking = (policy: ChooserName, watched: readonly Watched[], key?: string) => ({
	schema: 'daruma.rank/1' as const,
	policy,
	ranking: rank(policy, observe(watched), key),
});

export interface CompareOptions {
	/** Requests a second that the users send; default 200. */
	rate?: number;
	/** Default 30 s. */
	durationMs?: number;
	clients?: number;
	seed?: number;
	policies?: readonly ChooserName[];
}

/** Fewer good samples than this say little of a tail. */
const FOR_A_TAIL = 100;

/**
 * The measured latencies of each endpoint as its service time (so their share of the network is in it), under every
 * policy: as it is, and with the endpoint that answers fastest ten times slower for a third of the time. Recommended is the one
 * with the least regret, of those that a client can run without reports or keys. Throws a RangeError if no
 * endpoint has answered.
 */
export const recommend = (watched: readonly Watched[], options: CompareOptions = {}): Recommendation => {
	const nodes = watched.filter(({ opinion }) => opinion.state !== 'down').flatMap((each) => node(each) ?? []);
	if (nodes.length === 0) throw new RangeError('no endpoint has answered: there is nothing to simulate');
	const { rate = 200, durationMs = 30_000, clients = 1, seed = 7, policies = CHOOSER_NAMES } = options;
	const scene: Scene = {
		nodes,
		disturbances: [],
		rate,
		pacing: 'poisson',
		durationMs,
		warmUpMs: durationMs / 10,
		timeoutMs: 10_000,
		withinMs: 10_000,
		clients,
		keys: 1000,
		servers: Number.POSITIVE_INFINITY,
		netMs: 0,
		ejection: null,
		seed,
	};
	const fastest = nodes.reduce((best, each) => (median(each) < median(best) ? each : best));
	const slow: Disturbance = {
		kind: 'slow',
		node: fastest.name,
		serviceMs: 10 * Math.max(median(fastest), 1),
		fromMs: durationMs / 3,
		toMs: (2 * durationMs) / 3,
	};
	const situations: Situation[] = [{ name: 'as measured', policies: compare(scene, policies) }];
	if (nodes.length > 1) {
		situations.push({ name: `${fastest.name} ten times slower for a third of the time`, policies: compare({ ...scene, disturbances: [slow] }, policies) });
	}
	const barred: readonly ChooserName[] = [...KEYED_POLICIES, ...REPORTED_POLICY_NAMES];
	const free = policies.filter((policy) => !barred.includes(policy));
	const standing = ({ policies }: Situation, policy: ChooserName): PolicyStanding => policies.find((each) => each.policy === policy) as PolicyStanding;
	const order = regrets(situations);
	const eligible = free.length > 0 ? free : policies;
	const recommended = (order.find(({ policy }) => eligible.includes(policy)) as PolicyRegret).policy;
	const why = situations
		.map((situation) => `${situation.name}: rank ${standing(situation, recommended).rank} of ${policies.length}, ${standing(situation, recommended).why}`)
		.join('. ');
	return {
		recommended,
		why,
		scene: { rate, durationMs, clients, seed },
		situations,
		regrets: order,
		notes: [...(nodes.length === 1 ? ['one endpoint has answered: there is nothing to choose between'] : []), ...notes(watched)],
	};
};

const node = (each: Watched): SceneNode | null => {
	const samples = telling(each);
	const sortedMs = samples
		.filter(({ verdict }) => verdict !== 'failed')
		.map(({ sentMs, endMs }) => endMs - sentMs)
		.sort((a, b) => a - b);
	if (sortedMs.length === 0) return null;
	return { name: each.endpoint, weight: each.weight, service: { kind: 'measured', sortedMs }, failing: 1 - sortedMs.length / samples.length };
};

const median = ({ service }: SceneNode): number =>
	service.kind === 'measured' ? (service.sortedMs[(service.sortedMs.length - 1) >> 1] as number) : service.meanMs;

const notes = (watched: readonly Watched[]): string[] => {
	const down = watched.filter(({ opinion }) => opinion.state === 'down').map(({ endpoint }) => endpoint);
	const few = watched
		.filter((each) => each.opinion.state !== 'down' && telling(each).length < FOR_A_TAIL)
		.map((each) => `${each.endpoint} ${telling(each).length}`);
	return [
		'probes meet endpoints one at a time: how latency grows under load is not in these numbers',
		...(few.length > 0 ? [`fewer than ${FOR_A_TAIL} samples say little of a tail: ${few.join(', ')}`] : []),
		...(down.length > 0 ? [`down, and left out: ${down.join(', ')}`] : []),
	];
};
