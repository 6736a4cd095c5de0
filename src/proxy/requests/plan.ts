/**
 * Faults of single requests: what is known of a request, and what is to be done to it. Deciding is pure
 * (facts × toxics × counters × chance → plan); the relays for HTTP/1.1 and HTTP/2 carry the plan out.
 *
 *      client ── upstream toxics ──► relay ──► upstream        a relay stands where the upstream would: what it makes up
 *      client ◄─ downstream toxics ─ relay ◄── upstream        itself still passes through the toxics, as the network does
 */
export type Header = readonly [name: string, value: string];

export interface RequestFacts {
	protocol: 'http/1.1' | 'h2';
	method: string;
	/** As sent: path and query. */
	path: string;
	/** Lower-case names, in order; pseudo-headers of HTTP/2 are not among them (`:authority` is given as `host`). */
	headers: readonly Header[];
	/** `package.Service/Method`, if the content type is application/grpc. */
	grpcMethod?: string;
	/** `method` of a JSON-RPC 2.0 body (of the first, in a batch); only read where a toxic asks for it. */
	rpcMethod?: string;
	/** Ordinal among the requests of its proxy, and of its connection, from 0. */
	ordinal: number;
	conn: number;
}

export interface HeaderChange {
	set: readonly Header[];
	/** Lower-case names. */
	remove: readonly string[];
}

/** All fields are off unless set. More than one may be: a delay and a status, say. */
export interface RequestPlan {
	/** Waited before the request is passed on, or answered here. */
	delayMs: number;
	/** Answered here; the upstream never sees the request. `grpc`: as trailers-only with status 200, or as a plain answer if the request was not gRPC. */
	answer?: { status: number; headers: readonly Header[]; body: Uint8Array; grpc?: { code: number; message: string } };
	/** `read`: when the whole request was read, and nothing of it passed on. `passed`: when all of it was passed on, before an answer. HTTP/1.1: RST of the connection; HTTP/2: RST_STREAM (INTERNAL_ERROR). */
	reset?: 'read' | 'passed';
	/** Read, passed on, and never answered. */
	hang?: true;
	/** So many bytes of the response's body, then the connection (HTTP/2: the stream) is reset. */
	truncateAt?: number;
	requestHeaders?: HeaderChange;
	responseHeaders?: HeaderChange;
	/** Names of the toxics that had a part in it, in order, for the events. */
	hits: readonly string[];
}
