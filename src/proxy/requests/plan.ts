import type { Client } from '../toxics/scope.js';

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
	/** `package.Service/Method`, if the content type is application/grpc. See {@link grpcMethodOf}. */
	grpcMethod?: string;
	/** `method` of a JSON-RPC 2.0 body, of each call in a batch; read only where {@link RequestDesk.wantsBody} asks for it. */
	rpcMethods?: readonly string[];
	/** Ordinal among the connections of its proxy. */
	conn: number;
	client: Client;
}

export interface HeaderChange {
	/** Names as they were written: HTTP/2 needs them in lower case. */
	set: readonly Header[];
	/** Lower-case names. */
	remove: readonly string[];
}

export interface MadeUpAnswer {
	status: number;
	/** Without a length; those of a gRPC answer are whole (content type, grpc-status, grpc-message): over HTTP/2 it is trailers-only. */
	headers: readonly Header[];
	body: Uint8Array;
}

/** All fields are off unless set. At most one of `answer`, `reset` and `hang` is; the others go with any of them. */
export interface RequestPlan {
	/** Waited before the request is passed on, or answered here. */
	delayMs: number;
	/** Answered here once the whole request was read; the upstream never sees it. */
	answer?: MadeUpAnswer;
	/** `read`: when the whole request was read, and nothing of it passed on. `passed`: when all of it was passed on, before an answer. HTTP/1.1: RST of the connection; HTTP/2: RST_STREAM (INTERNAL_ERROR). */
	reset?: 'read' | 'passed';
	/** Read, passed on, and never answered. */
	hang?: true;
	/** So many bytes of the response's body (made up or not), then the connection (HTTP/2: the stream) is reset. A body that ends by then is whole. */
	truncateAt?: number;
	/** Only if the request is passed on. */
	requestHeaders?: HeaderChange;
	/** Of the final response, made up or not. */
	responseHeaders?: HeaderChange;
	/** The toxics that had a part in it, in order. */
	hits: readonly Hit[];
}

/** `action` is a word or two for people: "status 503", "delay 812 ms". */
export interface Hit {
	toxic: string;
	action: string;
}

/** Where the relays of one proxy ask what to do. */
export interface RequestDesk {
	/** Some toxic acts on requests. While none does, nobody need be asked. */
	readonly active: boolean;
	/** Some toxic may answer by itself, so that a dead upstream is none of the client's business yet. */
	readonly answers: boolean;
	/** Deciding needs the method of a JSON-RPC body: read up to {@link RPC_BODY} bytes of it, then fill `rpcMethods` (see {@link rpcMethodsOf}) and decide. */
	wantsBody(facts: RequestFacts): boolean;
	/** Asked exactly once per request, in the order in which they came: counts, draws, and tells of what it hit. */
	decide(facts: RequestFacts): RequestPlan;
}

/** A longer body is no JSON-RPC call that a toxic could name. */
export const RPC_BODY: number = 65_536;

/** Nothing is done to it. */
export const UNTOUCHED: RequestPlan = { delayMs: 0, hits: [] };

export const headerOf = (headers: readonly Header[], name: string): string | undefined => headers.find(([key]) => key === name)?.[1];

/** gRPC, and gRPC-Web which also lives on HTTP/1.1. */
export const grpcMethodOf = (path: string, headers: readonly Header[]): string | undefined =>
	/^application\/grpc/i.test(headerOf(headers, 'content-type') ?? '') ? path.replace(/^\/|\?.*$/g, '') : undefined;

/** Of a JSON-RPC 2.0 call, notification or batch; none if it is anything else. */
export const rpcMethodsOf = (body: Uint8Array): string[] => {
	try {
		const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
		return (Array.isArray(parsed) ? parsed : [parsed]).flatMap((call) =>
			call?.jsonrpc === '2.0' && typeof call.method === 'string' ? [call.method as string] : [],
		);
	} catch {
		return [];
	}
};
