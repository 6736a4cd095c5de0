import type { Roster } from '../../discovery/roster.js';
import type { Listed } from '../../discovery/source.js';
import type { DiscoveredEndpoint, DiscoverResult } from '../../model/discovery.js';
import { shown } from '../../model/target.js';

export const endpointOf = ({ target, status, detail, backup }: Listed): DiscoveredEndpoint => ({
	endpoint: target.name,
	status,
	weight: target.weight,
	detail: detail ?? null,
	backup: backup ?? false,
});

/** For how long the list could not be renewed, ms. */
export const ageMs = ({ lost }: Roster, now: number): number => (lost ? Math.max(0, Math.round(now - lost.sinceMs)) : 0);

/** A roster as `discover --json` tells it. Pure. */
export const discoverResult = (source: string, roster: Roster, now: number): DiscoverResult => ({
	schema: 'daruma.discover/1',
	source: shown(source),
	state: roster.lost ? 'stale' : 'fresh',
	ageMs: ageMs(roster, now),
	reason: roster.lost?.reason ?? null,
	note: roster.note,
	endpoints: roster.entries.map(endpointOf),
});
