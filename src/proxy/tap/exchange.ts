/** What happens to one request: pass it on, or consume it and then answer, reset, or stay silent. */
export type Decision = 'pass' | 'error' | 'reset' | 'silence' | 'crash';

/** One request at a tap, from its head until its answer has passed. */
export interface Exchange {
	method: string;
	path: string;
	id: string | null;
	/** daruma's own question: in no ledger, and met by every fault of requests whatever its share. */
	probe: boolean;
	/** Ordinal among the tap's requests (of probes: among the probes, negative). */
	ordinal: number;
	decision: Decision;
	/** The request has been read to its end. */
	complete: boolean;
	/** Of the answer: the replica's, or the one to be made up. */
	status: number;
	/** Its content type is gRPC's. */
	grpc: boolean;
	/** gRPC's own status of the answer, where it has one. */
	grpcStatus: number | null;
	/** On HTTP/2. */
	stream: number | null;
}

/** The message of bytes that belong to the connection rather than to an answer; ordinals of requests and probes never reach it. */
export const NO_MESSAGE: number = Number.MAX_SAFE_INTEGER;

/** Requests whose id begins so are daruma's own. */
const PROBE = 'probe-';
export const isProbe = (id: string | null): boolean => id?.startsWith(PROBE) ?? false;

export const consumes = ({ decision }: Exchange): boolean => decision !== 'pass' && decision !== 'crash';
