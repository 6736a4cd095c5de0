import type { AttemptEvent, ReceiptEvent, ReplicaReceivedEvent, RequestEvent, ResponseEvent } from '../model/event.js';

/** A replica's effect is there: told by its own ledger, or, where it keeps none, by a complete answer that the tap saw. */
export interface Execution {
	t: number;
	node: string;
	by: 'replica' | 'tap';
}

/** One logical request with everything that anybody saw of it; each list in order of time. */
export interface Entry {
	request: RequestEvent;
	/** `open`: neither answered nor timed out when the run ended, so nobody knows. `untold`: the user's own traffic sent it, and only servers told of it. */
	state: 'ok' | 'failed' | 'open' | 'untold';
	attempts: AttemptEvent[];
	receipts: ReceiptEvent[];
	received: ReplicaReceivedEvent[];
	responses: ResponseEvent[];
	executions: Execution[];
}

/** How often replicas received it. A receipt at the tap and the replica's own `received` line tell of the same arrival, so per node the larger number counts. */
export const receptions = (entry: Entry): number => {
	if (entry.received.length === 0) return entry.receipts.length;
	if (entry.receipts.length === 0) return entry.received.length;
	const nodes = new Set([...entry.receipts, ...entry.received].map((e) => e.node));
	let sum = 0;
	for (const node of nodes) sum += Math.max(count(entry.receipts, node), count(entry.received, node));
	return sum;
};

/** Tries that one observer told of, or arrivals, whichever is more: witnesses see refused connections, taps see what witnesses forget. */
export const tries = (entry: Entry): number => {
	const byObserver = new Map<string, number>();
	for (const attempt of entry.attempts) byObserver.set(attempt.by, (byObserver.get(attempt.by) ?? 0) + 1);
	return Math.max(receptions(entry), ...byObserver.values());
};

/** Did any try of it reach one of these nodes, or may it have? A try that provably never left is no chance of anything. */
export const touched = (entry: Entry, nodes: ReadonlySet<string>): boolean =>
	entry.receipts.some((e) => nodes.has(e.node)) ||
	entry.received.some((e) => nodes.has(e.node)) ||
	entry.attempts.some((e) => e.outcome !== 'unsent' && e.node !== null && nodes.has(e.node));

/** Did its client see a success that only done work can give? Not with a status of 400 or more, or a gRPC code other than OK, that the mix tolerates, nor with an answer that our own fault made up. */
export const claimsWork = (entry: Entry): boolean =>
	entry.state === 'ok' &&
	(entry.request.status ?? 200) < 400 &&
	(entry.request.grpcStatus ?? 0) === 0 &&
	!entry.responses.some((r) => r.injected && r.status === entry.request.status);

/** When the client was done with it: its answer, or its giving up; where nobody told, when a server last saw it. */
export const endOf = (entry: Entry): number => (entry.state === 'open' ? Number.POSITIVE_INFINITY : entry.request.endMs);

const count = (events: readonly { node: string }[], node: string): number => events.reduce((n, e) => n + (e.node === node ? 1 : 0), 0);
