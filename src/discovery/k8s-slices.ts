import { entryAt, parsePlace } from './entry.js';
import type { Listed } from './source.js';

/** What is read of an EndpointSlice (discovery.k8s.io/v1). */
export interface EndpointSlice {
	metadata?: { name?: string; resourceVersion?: string };
	addressType?: string;
	ports?: { name?: string | null; port?: number | null; protocol?: string | null }[] | null;
	endpoints?:
		| {
				addresses?: string[] | null;
				conditions?: { ready?: boolean | null; serving?: boolean | null; terminating?: boolean | null } | null;
				targetRef?: { kind?: string; name?: string } | null;
				nodeName?: string | null;
		  }[]
		| null;
}

/** Which port of a slice is meant. Without a name its only TCP one; a slice without such a port takes no part. Throws where it is ambiguous. */
const portOf = ({ ports }: EndpointSlice, wanted: string | null): number | null => {
	const tcp = (ports ?? []).filter(({ protocol, port }) => (protocol ?? 'TCP') === 'TCP' && typeof port === 'number');
	if (wanted !== null) return tcp.find(({ name, port }) => name === wanted || String(port) === wanted)?.port ?? null;
	if (tcp.length > 1)
		throw new Error(`it has several ports (${tcp.map(({ name, port }) => (name ? `${name} = ${port}` : port)).join(', ')}): name one after the service`);
	return tcp[0]?.port ?? null;
};

/**
 * The endpoints of all slices of a service. A slice has up to 100 endpoints of one address family, and while it is
 * rewritten an endpoint may stand in two of them. `ready` that is not said is true; a terminating one is not ready.
 */
export const readSlices = (slices: readonly EndpointSlice[], wanted: string | null): { entries: Listed[]; note?: string } => {
	const entries: Listed[] = [];
	let portless = 0;
	for (const slice of [...slices].sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))) {
		const { endpoints } = slice;
		if (!endpoints || endpoints.length === 0) continue;
		const port = portOf(slice, wanted);
		for (const { addresses, conditions, targetRef } of endpoints) {
			// The others of `addresses` are the same endpoint again.
			const address = addresses?.[0];
			const place = address === undefined || port === null ? null : parsePlace(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
			if (!place) {
				portless++;
				continue;
			}
			const ready = conditions?.ready ?? true;
			const serving = conditions?.serving ?? ready;
			const state = conditions?.terminating ? `terminating${serving ? ', still serving' : ''}` : ready ? '' : 'not ready';
			const detail = [targetRef?.name ?? '', state].filter((word) => word !== '').join(' ');
			entries.push(entryAt(place, 1, ready && !conditions?.terminating ? 'up' : 'down', { detail }));
		}
	}
	if (entries.length === 0 && portless > 0) {
		const there = [...new Set(slices.flatMap(({ ports }) => (ports ?? []).map(({ name, port }) => (name ? `${name} = ${port}` : `${port}`))))];
		throw new Error(`none of its endpoints has the port ${wanted ?? ''}${there.length > 0 ? `; it has ${there.join(', ')}` : ''}`);
	}
	return portless > 0 ? { entries, note: `${portless} ${portless === 1 ? 'endpoint has' : 'endpoints have'} no such port` } : { entries };
};

export type WatchWord = { kind: 'changed' } | { kind: 'nothing' } | { kind: 'relist'; why: string };

/** What the API server knows of one service, kept up to date by its events. */
export class Slices {
	private readonly slices = new Map<string, EndpointSlice>();
	version = '';

	/** A fresh list takes the place of everything. Throws for what is no list. */
	list(document: unknown): void {
		const { items, metadata } = (document ?? {}) as { items?: EndpointSlice[]; metadata?: { resourceVersion?: string } };
		if (!Array.isArray(items)) throw new Error('its answer is no list of EndpointSlices');
		this.slices.clear();
		for (const item of items) this.slices.set(item.metadata?.name ?? '', item);
		this.version = metadata?.resourceVersion ?? '';
	}

	/** One event of a watch. A 410 (its history is compacted) asks for a new list, as does whatever cannot be understood. */
	event(text: string): WatchWord {
		let event: { type?: string; object?: EndpointSlice & { code?: number; message?: string } };
		try {
			event = JSON.parse(text);
		} catch {
			return { kind: 'relist', why: 'an event that is no JSON' };
		}
		const { type, object } = event;
		if (type === 'ERROR') return { kind: 'relist', why: object?.message ?? `code ${object?.code}` };
		this.version = object?.metadata?.resourceVersion ?? this.version;
		const name = object?.metadata?.name ?? '';
		if (type === 'ADDED' || type === 'MODIFIED') this.slices.set(name, object as EndpointSlice);
		else if (type === 'DELETED') this.slices.delete(name);
		else return { kind: 'nothing' };
		return { kind: 'changed' };
	}

	get all(): EndpointSlice[] {
		return [...this.slices.values()];
	}
}
