import type { Event, LagEvent, OpaqueEvent, ReceiptEvent, RequestEvent } from '../model/event.js';
import type { ExperimentSpec, Plan } from '../model/plan.js';
import type { Entry } from './entry.js';
import { type FaultSpan, faultSpans } from './faults.js';
import { ownTraffic, requestsOfOwn } from './own.js';
import type { Slice } from './slice.js';

/** One experiment, joined by request id: what metrics are pure functions of. */
export interface Ledger {
	slice: Slice;
	spec: ExperimentSpec;
	plan: Plan;
	/** In order of the intended send time. */
	entries: readonly Entry[];
	byId: ReadonlyMap<string, Entry>;
	/** All nodes of the cluster, also those that nobody heard of. */
	nodes: readonly string[];
	faults: readonly FaultSpan[];
	/** Nodes that a fault was aimed at. */
	targets: ReadonlySet<string>;
	receipts: readonly ReceiptEvent[];
	/** Those of the receipts that join no request: no id, or one that nobody sent. */
	strays: readonly ReceiptEvent[];
	/**
	 * Did this node's own ledger tell of requests of this method, and any node's of executions of it? Else its executions
	 * are those that the tap saw answered: lines that only tell of arrivals are no ledger of work.
	 */
	keepsLedger(node: string, method: string): boolean;
	lag: readonly LagEvent[];
	opaque: readonly OpaqueEvent[];
}

/** daruma's own probes are no requests of the run, whoever saw them. */
const ours = (id: string | null): boolean => id?.startsWith('probe-') ?? false;

/** Joins one experiment's events by request id. Ids that two requests share join nothing, so that they prove nothing. */
export const joinExperiment = (slice: Slice, spec: ExperimentSpec, plan: Plan): Ledger => {
	const byId = new Map<string, Entry>();
	const shared = new Set<string>();
	const entries: Entry[] = [];
	const own = plan.traffic.command !== undefined;
	for (const event of own ? requestsOfOwn(slice, ours) : slice.events) {
		if (event.kind !== 'request' || ours(event.id)) continue;
		if (byId.has(event.id)) shared.add(event.id);
		const entry: Entry = {
			request: event,
			state: own ? 'untold' : stateOf(event, slice, plan),
			attempts: [],
			receipts: [],
			received: [],
			responses: [],
			executions: [],
		};
		byId.set(event.id, entry);
		entries.push(entry);
	}
	for (const id of shared) byId.delete(id);

	const ledgers = new Set<string>();
	const worked = new Set<string>();
	for (const event of slice.events) {
		if (event.kind !== 'received' && event.kind !== 'executed') continue;
		ledgers.add(`${event.node} ${event.method}`);
		if (event.kind === 'executed') worked.add(event.method);
	}
	const keepsLedger = (node: string, method: string): boolean => worked.has(method) && ledgers.has(`${node} ${method}`);

	const isTraffic = own ? ownTraffic(slice.events) : trafficOf(plan);
	const receipts: ReceiptEvent[] = [];
	const strays: ReceiptEvent[] = [];
	const seen = new Set<string>();
	const lag: LagEvent[] = [];
	const opaque: OpaqueEvent[] = [];
	for (const event of slice.events) {
		if (event.kind === 'lag') lag.push(event);
		else if (event.kind === 'opaque') opaque.push(event);
		if (!('id' in event) || event.kind === 'request' || ours(event.id)) continue;
		const entry = event.id === null ? undefined : byId.get(event.id);
		if (event.kind === 'receipt') {
			const arrival = `${event.node} ${event.life} ${event.conn} ${event.t} ${event.id}`;
			if (seen.has(arrival)) continue;
			seen.add(arrival);
			if (!entry && !isTraffic(event.method, event.path)) continue;
			receipts.push(event);
			if (!entry) strays.push(event);
		}
		if (entry) record(entry, event, keepsLedger);
	}
	const nodes = [...new Set([...Array.from({ length: plan.cluster.replicas }, (_, i) => `n${i + 1}`), ...receipts.map((r) => r.node)])];
	const faults = faultSpans(slice, spec);
	const targets = new Set(faults.map((f) => f.target));
	return { slice, spec, plan, entries, byId, nodes, faults, targets, receipts, strays, keepsLedger, lag, opaque };
};

const record = (entry: Entry, event: Event, keepsLedger: Ledger['keepsLedger']): void => {
	const { method } = entry.request;
	if (event.kind === 'attempt') entry.attempts.push(event);
	else if (event.kind === 'receipt') entry.receipts.push(event);
	else if (event.kind === 'received') entry.received.push(event);
	else if (event.kind === 'executed') entry.executions.push({ t: event.t, node: event.node, by: 'replica' });
	else if (event.kind === 'response') {
		entry.responses.push(event);
		// An answer of 400 or more, or a gRPC code other than OK, may be a refusal before any work: it proves no execution.
		if (!event.injected && event.status < 400 && (event.grpcStatus ?? 0) === 0 && !keepsLedger(event.node, method))
			entry.executions.push({ t: event.t, node: event.node, by: 'tap' });
	}
};

/** Unfinished requests have failed for their user if the timeout had passed when the run ended. */
const stateOf = (request: RequestEvent, slice: Slice, plan: Plan): Entry['state'] => {
	if (request.outcome !== 'unfinished') return request.outcome;
	return request.sentMs + plan.traffic.timeoutMs <= Math.max(slice.endMs, request.endMs) ? 'failed' : 'open';
};

/** A subject's own health checks carry no id and are no traffic: only what the mix asks for must join. */
const trafficOf = (plan: Plan): ((method: string, path: string) => boolean) => {
	const bare = (path: string): string => path.split('?')[0] as string;
	const wanted = new Set(plan.traffic.mix.map((m) => `${m.method} ${bare(m.path)}`));
	return (method, path) => wanted.has(`${method} ${bare(path)}`);
};
