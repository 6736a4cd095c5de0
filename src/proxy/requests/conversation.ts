import type { DueHeap } from '../due-heap.js';
import type { Client } from '../toxics/scope.js';
import type { RequestDesk } from './plan.js';

/**
 * One protocol, read and carried on between a client and an upstream. A relay feeds it with what both say, and it says
 * what goes on. It is never called inside one of its own calls to {@link Ends}, but for
 * `close`: whoever is given bytes may end the connection.
 */
export interface Conversation {
	/** The view is valid only during the call (parts of it may be given to `toUpstream`); what is kept longer must be copied. */
	fromClient(view: Uint8Array): void;
	/** The same, for `toClient`. */
	fromUpstream(view: Uint8Array): void;
	/** FIN of the client, who still listens; only where half-closes are kept. */
	clientEnded(): void;
	/** FIN of the upstream, or its reset: it will say nothing more. */
	upstreamEnded(): void;
	/** Of bytes held back on their way to the upstream (a delay, an answer's turn) how many are too many: above 0, the client must wait. Call `drained` when it is 0 again. */
	readonly excess: number;
	/** The upstream cannot be reached, though something was given to it: true if it is not needed yet after all. */
	unreached?(): boolean;
	/** The client takes more, after a time in which it did not. */
	resumed(): void;
	/** The connection is over: nothing may be said any more. What was held only to be read first may be given to `toUpstream`. */
	close(): void;
}

/** What a conversation may do, and whom it may ask. */
export interface Ends {
	readonly desk: RequestDesk;
	readonly heap: DueHeap;
	readonly conn: number;
	readonly client: Client;
	/** Dials again if the upstream was let go. The view may be part of what the client said, or is owned by nobody else. */
	toUpstream(view: Uint8Array): void;
	/** The client takes more. What is given to it meanwhile is queued; the upstream is not read on. */
	readonly clientReady: boolean;
	toClient(view: Uint8Array): void;
	/** FIN behind what was said. */
	endUpstream(): void;
	endClient(): void;
	/** RST to the client, behind what was said to it; FIN to the upstream, behind what was passed on. */
	reset(): void;
	/** The upstream is let go; the next `toUpstream` dials a new one. */
	forgetUpstream(): void;
	drained(): void;
	/** This connection is passed on as raw bytes from here on, or closed, and requests are not met: why. Told once. */
	opaque(why: string): void;
}

/** `early`: what the upstream said before the client's first byte; it is already with the client. */
export type Converse = (ends: Ends, early: Uint8Array) => Conversation;
