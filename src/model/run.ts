import type { Bound, Plan } from './plan.js';

export type VerdictWord = 'pass' | 'fail' | 'inconclusive';

/** hard: one counter-example is proof · rate: needs an interval · time: interval-censored, one sample per fault event. */
export type MeasureKind = 'hard' | 'rate' | 'time';

/**
 * What one metric says of one window. `value` null: it could not be seen (never 0). `lo`…`hi` is the 95 % interval of
 * a rate, the censoring interval of a time, the certain bounds of a count; `hi` null: no upper limit was seen (for a
 * time: it did not happen within the window; for a count: only a lower bound is known).
 */
export interface Measure {
	value: number | null;
	lo: number | null;
	hi: number | null;
	/** How many independent chances to be wrong there were: requests, exposed requests, or fault events. */
	exposure: number;
	kind: MeasureKind;
	/** client · tap · replica · witness · harness */
	observedBy: string;
	/** Request ids, or times, that show it; at most 20. */
	evidence: string[];
	/** Why the value is null, or what limits it. */
	why?: string;
}

export interface Check {
	/** As the user wrote it, and the canonical metric. */
	name: string;
	metric: string;
	verdict: VerdictWord;
	bound: string;
	value: number | null;
	lo: number | null;
	hi: number | null;
	exposure: number;
	why: string;
	/** What would decide an inconclusive check, or mend a failed one. */
	next?: string;
	evidence: string[];
	/** False for the checks that are judged though nobody asked. */
	asked: boolean;
}

export interface FaultTimes {
	kind: string;
	target: string;
	/** Of a fault that comes more than once at a node: which time, from 1 on. */
	nth?: number;
	/** Milliseconds since the experiment's traffic began; null where it was not seen. */
	intendedMs: number;
	effectiveMs: number | null;
	healedMs: number | null;
	by?: string;
}

export interface ExperimentResult {
	name: string;
	verdict: VerdictWord;
	repeat: number;
	line: number | null;
	events: FaultTimes[];
	metrics: Record<string, Omit<Measure, 'kind' | 'evidence'>>;
	checks: Check[];
	/** What the run itself says about its fitness: one line each, in plain words. */
	notes: string[];
	/** It was ended by its `halt`: when, by which condition, and what was seen. */
	halted?: { atMs: number; condition: string; found: string };
	/** What the supervisor, or an action of the plan, did to nodes; absent where nothing was done. */
	recoveries?: RecoveryTimes[];
	/** It is there to be compared with the experiment of this name, and has no verdict of its own. */
	controlOf?: string;
	/** The same without recovery, by metric: where both are known. */
	comparison?: ComparedMetric[];
}

/** Milliseconds since the experiment's traffic began. */
export interface RecoveryTimes {
	action: string;
	target: string;
	ok: boolean;
	by: string;
	beganMs: number;
	endedMs: number;
	seenBy?: string;
	attempt?: number;
	detail?: string;
}

/** `difference` is with minus without. */
export interface ComparedMetric {
	metric: string;
	with: number | null;
	without: number | null;
	difference: number | null;
}

/** All repeats of one experiment, where there is more than one. */
export interface RepeatsResult {
	name: string;
	repeats: number;
	pass: number;
	fail: number;
	inconclusive: number;
	/** By metric: the worst value that was seen, in which repeat, and in how many it was seen. */
	worst: Record<string, { value: number; repeat: number; seen: number }>;
}

/** `daruma.run/1`: the document of --json, and run.json in the run's folder. Keys may be added, never change meaning. */
export interface RunResult {
	schema: 'daruma.run/1';
	verdict: VerdictWord;
	run: string;
	seed: number;
	demo: boolean;
	subject: { kind: string; [key: string]: unknown };
	/** Nodes in the cluster. */
	replicas?: number;
	experiments: ExperimentResult[];
	/** Experiments that ran more than once; absent if none did. */
	repeats?: RepeatsResult[];
}

export type { Bound, Plan };
