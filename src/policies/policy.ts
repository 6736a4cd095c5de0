import type { Rng } from '../model/rng.js';

/** One node as a chooser sees it now. Only eligible nodes are offered: ejected and excluded ones are filtered before. */
export interface Candidate {
	/** Stable index of the node in the cluster. */
	index: number;
	name: string;
	/** Above 0. */
	weight: number;
}

export interface Outcome {
	ok: boolean;
	latencyMs: number;
	/** When it was known, on the run's clock. */
	now: number;
}

/** What a node says of its own load (ORCA, gRPC A51), over all its clients. */
export interface LoadReport {
	/** Share of its capacity in use: application_utilization, else cpu_utilization; may exceed 1. */
	utilization: number;
	/** Requests and failed requests a second. */
	qps: number;
	eps: number;
	/** Requests in flight there (RIF). */
	inFlight: number;
	/** What a request that meets so many others takes there, ms; null: nothing was answered yet. */
	latencyMs: number | null;
}

/** Who is best? One instance serves one client; it hears of each send and each end. All pure: time comes in as an argument. */
export interface Policy {
	/** The position in `candidates` (not empty) to send to. The same `key` finds the same node with the keyed policies; without one they draw it. */
	pick(candidates: readonly Candidate[], rng: Rng, now: number, key?: string): number;
	sent?(index: number, now: number): void;
	done?(index: number, outcome: Outcome): void;
	/** A node's word on its load came: with an answer, out of band, or because {@link probes} asked for it. */
	reported?(index: number, report: LoadReport, now: number): void;
	/** Asked at each call: the nodes whose report is wanted now. A policy that has this hears no other reports. */
	probes?(candidates: readonly Candidate[], rng: Rng, now: number): readonly number[];
	/** The node had been ejected and takes calls again. */
	returned?(index: number, now: number): void;
}
