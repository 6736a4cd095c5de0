/**
 * Why an answer was not good: one word per cause, the same for every protocol, so that scripts and tables can count them.
 * `local` is never the endpoint's doing (no descriptors, no free port, we were paused): such a sample says nothing about it.
 */
export const REASONS = [
	'resolve-failed',
	'resolve-timeout',
	'refused',
	'unreachable',
	'connect-timeout',
	'tls-failed',
	'tls-untrusted',
	'tls-expired',
	'tls-name',
	'tls-timeout',
	/** The connection is there, and no answer began in time. */
	'answer-timeout',
	/** It began, and did not end in time. */
	'body-timeout',
	/** EOF before the answer was whole. */
	'closed',
	'reset',
	/** What came is not of this protocol. */
	'protocol',
	'too-large',
	/** A whole answer that says no: HTTP ≥ 400, a gRPC or JSON-RPC error, an error reply. */
	'status',
	/** The server says that it does not serve (gRPC health NOT_SERVING, PostgreSQL starting up, Redis LOADING …). */
	'not-serving',
	'unknown-service',
	/** A whole answer, and one of the user's expectations does not hold. */
	'expectation',
	/** exec: it ended with another code than 0 and 1, or by a signal. */
	'exit',
	'local',
] as const;
export type Reason = (typeof REASONS)[number];

/** Durations in ms; null: this phase was not gone through (a name that is an address, a kept connection, no TLS). */
export interface Phases {
	dns: number | null;
	connect: number | null;
	tls: number | null;
	/** From the last byte of the question to the first of the answer. */
	firstByte: number | null;
	transfer: number | null;
}

export const NO_PHASES: Readonly<Phases> = Object.freeze({ dns: null, connect: null, tls: null, firstByte: null, transfer: null });

/** One question to one endpoint and what came of it. Times in ms on the run's clock. */
export interface Sample {
	/** When it should have been asked, and when it was. */
	dueMs: number;
	sentMs: number;
	/** The answer was complete, or it was clear that none would come. */
	endMs: number;
	/** `warning`: an answer, and it says that it is not well (exec exit 1, a certificate that ends soon). */
	verdict: 'ok' | 'warning' | 'failed';
	reason?: Reason;
	/** For people: the system's or the server's words, at most 200 characters, one line. */
	detail?: string;
	/** HTTP status, gRPC code, JSON-RPC error code, DNS rcode, exit code. */
	status?: number;
	/** The connection was made for this question. */
	fresh: boolean;
	/** The address that answered, where a name had several. */
	address?: string;
	phases: Phases;
	/** Up to so much of `endMs - sentMs` may have been spent waiting in our own event loop. */
	uncertaintyMs: number;
	/** What the endpoint says of its own load, where it does (ORCA, agent-check): 0 … 100 and above. */
	load?: number;
	/** Bytes sent and received for it. */
	bytes: { sent: number; received: number };
}
