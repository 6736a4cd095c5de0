/** One line of what `discover` tells. */
export interface DiscoveredEndpoint {
	/** `host:port`, or a URL where the source or `--as` gives one. */
	endpoint: string;
	status: 'up' | 'down' | 'unknown';
	weight: number;
	detail: string | null;
	backup: boolean;
}

/** `discover --json`. */
export interface DiscoverResult {
	schema: 'daruma.discover/1';
	/** The address, without secrets. */
	source: string;
	/** `stale`: the source cannot be asked, and this is the last good list. */
	state: 'fresh' | 'stale';
	/** For how long it could not be renewed; 0 while it is fresh. */
	ageMs: number;
	/** Why it is stale. */
	reason: string | null;
	/** What a reader should know of the list. */
	note: string | null;
	endpoints: DiscoveredEndpoint[];
}

export type DiscoverNews =
	| { kind: 'start'; schema: 'daruma.discover/1'; source: string }
	| ({ kind: 'endpoint'; change: 'added' | 'removed' | 'changed' } & DiscoveredEndpoint)
	/** The list is good: for the first time, again, or another one. */
	| { kind: 'fresh'; endpoints: number; note: string | null }
	/** The source is gone: the last good list stays. */
	| { kind: 'stale'; endpoints: number; reason: string; ageMs: number }
	| { kind: 'end'; why: 'for' | 'quit' | 'SIGINT' | 'SIGTERM'; result: DiscoverResult };

/** News with its times: RFC 3339, and ms since the beginning on a clock that never steps. */
export type DiscoverEvent = { time: string; atMs: number } & DiscoverNews;
