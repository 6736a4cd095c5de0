import type { RetrySpec } from './plan.js';

/** `restart`: kill what is left, start again on the same port. `redeploy`: a new version, or a fresh copy, and back if it does not get healthy. `failover`: out of the subject's rotation, and in again when it is well. */
export const RECOVERY_KINDS = ['restart', 'redeploy', 'failover'] as const;
export type RecoveryKind = (typeof RECOVERY_KINDS)[number];

/** How much may be done, and how soon. Times in ms. */
export interface RecoveryLimits {
	/** Before the next try at a node that was not stable since the last; the first is at once. */
	backoff: Pick<RetrySpec, 'baseMs' | 'maxMs' | 'jitter'>;
	/** So many actions at one node within the window; then it is given up. */
	most: number;
	windowMs: number;
	/** Up for so long: its past is forgotten. */
	stableMs: number;
	/** After a success the node is left alone for so long. */
	holdMs: number;
	/** Share of the nodes that may be worked on or held out at once; one may always. */
	maxShare: number;
	/** Actions at the same time. */
	together: number;
}

/** Who finds out: a heartbeat over fresh connections, as HAProxy's fall and rise. */
export interface DetectSpec {
	everyMs: number;
	timeoutMs: number;
	fall: number;
	rise: number;
}

/** When a new process counts as healthy: ready, and then so many good answers in a row. */
export interface HealthGate {
	probes: number;
	withinMs: number;
}

/** What a redeploy puts in place. Nothing of it: the same again in a new process. */
export interface DeploySpec {
	/** The replica's new command line, a template. */
	command?: string[];
	/** A folder; each node runs in a copy of its own. Absolute. */
	source?: string;
	/** Runs to its end for each node before it is started again: {node} {port} {dir} are filled. */
	run?: string[];
	/** The same, when the new version did not get healthy. */
	undo?: string[];
	gate: HealthGate;
	/** SIGTERM first, and so long until SIGKILL. */
	graceMs: number;
	/** Take the node out of the subject's rotation meanwhile, where the subject can. */
	drain: boolean;
}

export interface RecoverySpec {
	do: RecoveryKind;
	detect: DetectSpec;
	limits: RecoveryLimits;
	deploy: DeploySpec;
	/** The experiment is also run without recovery, with the same draws. */
	compare: boolean;
}

/** Something that is done to nodes one after another while there is traffic, and breaks nothing: a rolling redeploy. */
export interface ActionSpec {
	kind: 'redeploy' | 'restart';
	/** As a fault's target. */
	target: string;
	/** After the baseline's end. */
	atMs: number;
	deploy: DeploySpec;
}
