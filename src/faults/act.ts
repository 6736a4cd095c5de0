import type { ClusterNode } from '../cluster/cluster.js';
import type { Custody } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import type { FaultSpec } from '../model/plan.js';

export interface FaultContext {
	node: ClusterNode;
	custody: Custody;
	clock: Clock;
	/** For share and jitter decisions at the tap. */
	seed: number;
	/** Path of a harmless request for probing the node from outside. */
	probePath: string;
	/** What nodes are asked in: over gRPC a health Check, and no path is used. Absent: HTTP. */
	probeProtocol?: 'http' | 'grpc';
}

/** Someone other than the injector saw it: it began after `t` (the last instant known to be without it) and was there at `seenMs`. */
export interface Evidence {
	t: number;
	seenMs: number;
	by: string;
	detail: string;
}

/** False when nobody waits for it any more. */
export type Wanted = () => boolean;

/**
 * One fault at one node, in the order arm → fire → effective → heal. `arm` leaves an undo with the watchdog, on disk
 * and acknowledged, before `fire` may hurt anything. `heal` is idempotent and resolves with who saw the node answer again.
 */
export interface Act {
	fire(): Promise<void>;
	/** Rejects with a sentence if it was not seen within `withinMs`, or when it is not wanted any more. */
	effective(withinMs: number, wanted?: Wanted): Promise<Evidence>;
	heal(): Promise<Evidence>;
	/** It may last so long from now, ms: moves the deadline at which the watchdog would undo it. Absent: it has none. */
	renew?(forMs: number): void;
}
export interface FaultKindModule {
	arm(spec: FaultSpec, context: FaultContext): Promise<Act>;
}
