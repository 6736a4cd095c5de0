/** What one simulated fault really did, as the node that suffered it knows: never read from the history. */
export interface TrueFault {
	kind: string;
	target: string;
	/** Of the requests that reach the node, the share that it meets. */
	share: number;
	/** Crash: when a request tripped it. */
	beganMs: number;
	/** When its mending began, and when it was over. */
	mendingMs: number;
	endedMs: number;
}

export interface TrueRequest {
	id: string;
	method: string;
	idempotent: boolean;
	intendedMs: number;
	sentMs: number;
	endMs: number;
	ok: boolean;
	/** Of the answer, if one came. */
	status?: number;
}

export interface Sight {
	t: number;
	node: string;
}

/**
 * What really happened in one experiment: counted by the simulated users, servers and client themselves, apart from the
 * history, so that a verdict on the history can be compared with it.
 */
export class Truth {
	readonly requests = new Map<string, TrueRequest>();
	/** The server began to work on it; per request id. */
	readonly received = new Map<string, Sight[]>();
	/** Its effect is there; per request id. */
	readonly executed = new Map<string, Sight[]>();
	/** Its head got as far as the node's tap, whether or not the server saw it. */
	readonly reached = new Map<string, Sight[]>();
	/** Every send of the client, also to a dead node; per request id. */
	readonly attempts = new Map<string, Sight[]>();
	readonly faults: TrueFault[] = [];

	see(what: 'received' | 'executed' | 'reached' | 'attempts', id: string, node: string, t: number): void {
		const seen = this[what].get(id);
		if (seen) seen.push({ t, node });
		else this[what].set(id, [{ t, node }]);
	}

	count(what: 'received' | 'executed' | 'reached' | 'attempts', id: string): number {
		return this[what].get(id)?.length ?? 0;
	}
}
