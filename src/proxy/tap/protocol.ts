import type { Event } from '../../model/event.js';
import type { Identity } from '../../wire/request-id.js';
import type { DueHeap } from '../due-heap.js';
import type { Link } from '../link.js';
import type { Stage } from '../stage.js';
import type { Decision, Exchange } from './exchange.js';

/** What a connection asks of its tap. */
export interface TapSide<Connection = unknown> {
	readonly node: string;
	readonly life: number;
	readonly upstream: { host: string; port: number };
	readonly heap: DueHeap;
	readonly identity: Identity;
	/** A fault is on that may consume requests: a head must be whole before its first byte goes on. */
	readonly holdsHeads: boolean;
	/** Faults that silence whole connections, live or new. */
	readonly swallowsAll: boolean;
	/** Faults that silence some connections are still on. */
	readonly silences: boolean;
	/** What the network between subject and node loses, as the node sees it; null: nothing. */
	readonly partition: 'both' | 'in' | 'out' | null;
	admit(exchange: Exchange): void;
	decide(exchange: Exchange): Decision;
	stages(conn: number): { up: readonly Stage[]; down: readonly Stage[] };
	/** On disk when it returns. */
	record(event: Event): void;
	recordLater(event: Event): void;
	refused(): void;
	/** The request that it was waiting for has been handed to this link. */
	crash(passed: Link): void;
	gone(connection: Connection): void;
}

/** What a protocol gets of the connection that it follows. */
export interface Carrier {
	readonly tap: TapSide;
	readonly up: Link;
	readonly down: Link;
	/** Everything is read and forgotten: nothing is said any more, receipts are still kept. */
	readonly swallowed: boolean;
	/** The replica is about to die: its answers must not get out. */
	readonly muted: boolean;
	readonly dead: boolean;
	swallow(): void;
	reset(): void;
	destroy(): void;
	crash(): void;
	/** No more requests will come to the replica. */
	endReplica(): void;
	/** Said once. */
	tellOpaque(why: string): void;
	/** On disk when it returns; nothing for a probe. */
	receipt(exchange: Exchange, previousAttempts?: number): void;
	/** `t` is when its last byte was read, before it is passed on: later, and the client would seem to have had it first. */
	respond(exchange: Exchange, injected: boolean, t?: number): void;
}

/**
 * Follows both directions of one connection, and passes their bytes to its links as they are, or withholds those of a
 * request that is consumed. Views are valid during the call only.
 */
export interface TapProtocol {
	fromClient(view: Uint8Array): void;
	fromReplica(view: Uint8Array): void;
	/** Bytes that were passed on before it was known who follows them; they are only read. */
	passedUp(view: Uint8Array): void;
	passedDown(view: Uint8Array): void;
	/** EOF: what is held back goes on; the caller passes the end. */
	clientEnded(): void;
	replicaEnded(): void;
	/** The fault under which requests were silenced is over, or another. */
	released(): void;
}
