import type { Event, RequestEvent } from '../model/event.js';
import { isIdempotent } from '../workload/idempotence.js';
import type { Slice } from './slice.js';

/** A client that was not ours: its requests as servers saw them, by id, method and path. */
interface Sighting {
	id: string;
	method: string;
	path: string;
	firstMs: number;
	lastMs: number;
}

const bare = (path: string): string => path.split('?')[0] as string;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The user's own traffic writes no `request` lines, so its requests are those that servers saw: one for each id. What
 * they were to their client nobody told; an id that stands on two different requests gives both, and so joins none. `t` is the
 * first sight of each, `endMs` the last. Whatever never reached a node is not among them.
 */
export const requestsOfOwn = (slice: Slice, ours: (id: string | null) => boolean): RequestEvent[] => {
	const seen = new Map<string, Sighting[]>();
	for (const event of slice.events) {
		const told = event.kind === 'receipt' || event.kind === 'response' || event.kind === 'received' || event.kind === 'executed';
		if (!told || event.id === null || ours(event.id)) continue;
		const { id, t } = event;
		const mine = seen.get(id) ?? [];
		seen.set(id, mine);
		const known = mine.find((each) => event.kind !== 'receipt' || (each.method === event.method && bare(each.path) === bare(event.path)));
		if (known) known.lastMs = Math.max(known.lastMs, t);
		else if ('method' in event) mine.push({ id, method: event.method, path: event.kind === 'receipt' ? event.path : '', firstMs: t, lastMs: t });
	}
	return [...seen.values()].flat().map(({ id, method, path, firstMs, lastMs }) => ({
		kind: 'request',
		t: firstMs,
		sentMs: firstMs,
		endMs: lastMs,
		id,
		method,
		path,
		mix: -1,
		idempotent: isIdempotent(method),
		outcome: 'unfinished',
	}));
};

/**
 * Is a receipt without an id the user's, and so one that cannot be joined? A gateway's health checks are safe requests
 * to paths of their own, on which nothing ever carries an id; all else may be somebody's.
 */
export const ownTraffic = (events: readonly Event[]): ((method: string, path: string) => boolean) => {
	const carried = new Set<string>();
	let any = false;
	for (const event of events) {
		if (event.kind !== 'receipt' || event.id === null) continue;
		any = true;
		carried.add(`${event.method} ${bare(event.path)}`);
	}
	return (method, path) => !any || !SAFE.has(method) || carried.has(`${method} ${bare(path)}`);
};
