import type { Http1Head } from '../wire/http1.js';

/** What happens to one request: pass it on, or consume it and then answer, reset, or stay silent. */
export type Decision = 'pass' | 'error' | 'reset' | 'silence' | 'crash';

/** One request at a tap, from its head until its answer has passed. */
export interface Exchange {
	head: Http1Head;
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
}
