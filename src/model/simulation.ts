import type { ChooserName } from './plan.js';

/** What `simulate --json` prints: `daruma.simulation/1`, schemas/simulation.schema.json. Times in ms, ratios 0 … 1, null: without limit, or not supported by the count. */
export interface SimulationResult {
	schema: 'daruma.simulation/1';
	seed: number;
	runs: number;
	scene: {
		replicas: number;
		service: { kind: string; meanMs: number; sdMs?: number };
		servers: number | null;
		rate: number;
		pacing: 'constant' | 'poisson';
		durationMs: number;
		timeoutMs: number;
		withinMs: number;
		clients: number;
		disturbances: { node: string; kind: string; fromMs: number; toMs: number | null; serviceMs?: number }[];
	};
	/** The first of `policies`. */
	best: ChooserName;
	/** Best first. */
	policies: PolicyStanding[];
}

export interface PolicyStanding {
	rank: number;
	policy: ChooserName;
	requests: number;
	/** Share of requests with a good answer within `withinMs`. */
	success: number;
	/** Over all requests, failures at the time their user learned of them. */
	meanMs: number;
	p50Ms: number;
	p99Ms: number | null;
	p999Ms: number | null;
	/** Most requests of a node over the mean. */
	loadSkew: number;
	/** Of the requests sent while some node was disturbed, the share that went to such a node; null: there was no such time. */
	toDisturbed: number | null;
	/** Least and greatest of the runs; the figures are the runs' medians. */
	spread: { success: [number, number]; meanMs: [number, number]; p99Ms: [number, number] | null };
	why: string;
}

export interface Situation {
	name: string;
	policies: PolicyStanding[];
}

/** How much worse a policy does than the best of each situation. */
export interface PolicyRegret {
	policy: ChooserName;
	/** Success lost against the best, the situations added up: 0.01 is a point. */
	lost: number;
	/** How many times its p99, and its mean, are those of the best: geometric means over the situations. */
	p99Times: number;
	meanTimes: number;
}

/** What `rank --compare` finds: every policy in what was measured, and in what may come. */
export interface Recommendation {
	recommended: ChooserName;
	why: string;
	/** What was simulated over the measured latencies. */
	scene: { rate: number; durationMs: number; clients: number; seed: number };
	situations: Situation[];
	/** Least first: the recommended one is the first of those that a client can run without reports or keys. */
	regrets: PolicyRegret[];
	/** What the numbers cannot carry. */
	notes: string[];
}
