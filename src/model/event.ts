/**
 * Everything that can enter a run's history: one flat JSON object a line, written by whoever saw it.
 *
 * `t` is milliseconds since the zero of the run (CLOCK_MONOTONIC, one clock in all processes). Every event is plain
 * data; a test sends each kind through JSON and back. Writers append whole lines with O_APPEND; readers sort by `t`.
 */
export type Event =
	| HeaderEvent
	| PhaseEvent
	| RequestEvent
	| AttemptEvent
	| ReceiptEvent
	| ResponseEvent
	| ReplicaReceivedEvent
	| ReplicaExecutedEvent
	| FaultEvent
	| HaltEvent
	| RecoveryEvent
	| StateEvent
	| NodeEvent
	| LagEvent
	| OfferedEvent
	| OpaqueEvent
	| TrafficEvent
	| NoteEvent;

/** First line of the file. */
export interface HeaderEvent {
	kind: 'header';
	t: 0;
	schema: 'daruma.history/1';
	run: string;
	seed: number;
	/** Wall clock at t = 0, for people only: never used in arithmetic. */
	startedAt: string;
}

/** `experiment` is the index in the plan, counting repeats. The events of an experiment lie between its `start` and its `end`. */
export interface PhaseEvent {
	kind: 'phase';
	t: number;
	experiment: number;
	phase: 'start' | 'baseline' | 'fault' | 'after' | 'drain' | 'end';
	/** At the drain's end: false when client timeouts or busy replicas were not waited out, so counts are lower bounds. */
	complete?: boolean;
}

/** One logical request, written by the generator when it ended. `t` is the intended (open-loop) send time. */
export interface RequestEvent {
	kind: 'request';
	t: number;
	sentMs: number;
	endMs: number;
	id: string;
	method: string;
	path: string;
	/** Index into the traffic mix. */
	mix: number;
	idempotent: boolean;
	outcome: 'ok' | 'failed' | 'unfinished';
	status?: number;
	/** gRPC's own status (0 … 16) where it was heard; `status` is HTTP's. */
	grpcStatus?: number;
	/** Short stable reason when no answer came: 'timeout', 'ECONNRESET', 'ECONNREFUSED', 'no-endpoint', 'budget' … */
	error?: string;
}

/**
 * One try of a logical request at one node, as the one who made it saw it: the built-in client, or a witness
 * (nginx `$upstream_addr`, HAProxy `%rc`). `node` is null where the witness cannot say.
 */
export interface AttemptEvent {
	kind: 'attempt';
	t: number;
	endMs: number;
	id: string;
	/** 1 for the first try. */
	n: number;
	node: string | null;
	/** 'unsent': it provably never left (refused or failed while connecting). */
	outcome: 'ok' | 'failed' | 'unsent' | 'unknown';
	status?: number;
	grpcStatus?: number;
	error?: string;
	by: 'client' | 'nginx' | 'haproxy';
}

/** A request's head (and, for small bodies, its body) was read by a node's tap; written before a byte is passed on. `id` null: it carried none. */
export interface ReceiptEvent {
	kind: 'receipt';
	t: number;
	id: string | null;
	node: string;
	method: string;
	path: string;
	/** Ordinal of the connection at this tap process; unique together with `node` and `life`. */
	conn: number;
	/** How often this node has been started: 1 for the first process. */
	life: number;
	/** On HTTP/2. */
	stream?: number;
	/** `grpc-previous-rpc-attempts`, where the request said so (gRFC A6). */
	previousAttempts?: number;
}

/** A response left the replica whole (last byte read by the tap), or was made up by a fault at the tap (`injected`). */
export interface ResponseEvent {
	kind: 'response';
	t: number;
	id: string | null;
	node: string;
	status: number;
	/** From the trailers, on gRPC. */
	grpcStatus?: number;
	conn: number;
	life: number;
	/** On HTTP/2. */
	stream?: number;
	injected?: boolean;
}

/** The replica's own ledger: it read the request (written before any work starts). */
export interface ReplicaReceivedEvent {
	kind: 'received';
	t: number;
	id: string | null;
	node: string;
	method: string;
}

/** The replica's own ledger: the work of the request is done and its effect is there (written before the answer leaves). */
export interface ReplicaExecutedEvent {
	kind: 'executed';
	t: number;
	id: string | null;
	node: string;
	method: string;
}

/** One step in the life of one injected fault; `fault` is its index in the experiment's list, `target` the node. */
export interface FaultEvent {
	kind: 'fault';
	t: number;
	experiment: number;
	fault: number;
	/** Of a fault that comes more than once at a node: which time, from 1 on. */
	nth?: number;
	faultKind: string;
	target: string;
	/**
	 * `effective`: `t` is the last instant at which the node was certainly still well (just before the signal or message
	 * went out), `seenMs` when the effect was seen. Populations begin at `t`, so that no victim is left out.
	 * `healed`: `t` is when the node was seen to answer again.
	 */
	step: 'intended' | 'effective' | 'healing' | 'healed' | 'failed';
	seenMs?: number;
	/** Who saw it: 'waitpid', 'proc', 'probe', 'tap' …  Never the injector itself for `effective` and `healed`. */
	by?: string;
	detail?: string;
}

/** A condition of the experiment's `halt` was met: everything was healed, and nothing more was done. */
export interface HaltEvent {
	kind: 'halt';
	t: number;
	experiment: number;
	/** As the user wrote it. */
	condition: string;
	/** What was seen instead, in words. */
	found: string;
}

/** Something that was done to bring a node back: begun at `t`, verified (or given up) at `endMs`. */
export interface RecoveryEvent {
	kind: 'recovery';
	t: number;
	endMs: number;
	experiment: number;
	/** restart · redeploy · rollback · out · in · give-up */
	action: string;
	target: string;
	ok: boolean;
	/** Who did it: the fault's own heal (also where absent), the supervisor that saw the node down, or an action of the plan. */
	by?: 'heal' | 'supervisor' | 'plan';
	/** Who saw that it is well: 'probe', 'haproxy' …  Never the one who acted. */
	seenBy?: string;
	/** Which try since the node was last stable: 1 for the first. */
	attempt?: number;
	detail?: string;
}

/** A heartbeat's opinion of an endpoint changed. */
export interface StateEvent {
	kind: 'state';
	t: number;
	endpoint: string;
	state: 'up' | 'down' | 'suspect' | 'unknown';
	by: string;
	detail?: string;
}

export interface NodeEvent {
	kind: 'node';
	t: number;
	node: string;
	life: number;
	step: 'started' | 'ready' | 'exited';
	pid?: number;
	detail?: string;
}

/** The worst event-loop lag of one process in the period that ends at `t` (100 ms periods, only periods over 1 ms are written, plus one line a second). */
export interface LagEvent {
	kind: 'lag';
	t: number;
	process: string;
	lagMs: number;
}

/** What the generator meant to do, written at its end: for the achieved-rate gate. */
export interface OfferedEvent {
	kind: 'offered';
	t: number;
	experiment: number;
	/** Requests due by the schedule, and really sent. */
	intended: number;
	sent: number;
	/** Requests that could not start since a limit of our own (in flight, descriptors) was hit. */
	refused: number;
}

/** From `t` on the tap cannot read this connection (TLS, or a protocol it lost step with). */
export interface OpaqueEvent {
	kind: 'opaque';
	t: number;
	node: string;
	conn: number;
	life: number;
	why: string;
}

/** The user's own traffic: `ended` by itself with `code` (128 + signal, as shells say), or `stopped` by us when its time was over. */
export interface TrafficEvent {
	kind: 'traffic';
	t: number;
	experiment: number;
	step: 'started' | 'ended' | 'stopped';
	code?: number;
	/** For people: the command, or why it ended. */
	detail?: string;
}

export interface NoteEvent {
	kind: 'note';
	t: number;
	text: string;
	/** Lines of the history that could not be read: what was not read was not seen, so no zero is proven. */
	damaged?: number;
}
