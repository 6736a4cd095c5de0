import type { Clock } from '../model/clock.js';
import type { Target } from '../model/target.js';

/** One entry of a list of endpoints, with what the source itself thinks of it. */
export interface Listed {
	target: Target;
	/** `down`: the source says that it gets no traffic (failed checks, maintenance, draining, marked down). `unknown`: the source has no opinion. */
	status: 'up' | 'down' | 'unknown';
	/** In the source's own words: `maintenance mode`, `backup`, `draining`. */
	detail?: string;
	/** Takes part only when the others are gone. */
	backup?: boolean;
}

export interface SourceListener {
	/**
	 * The whole list, whenever it may have changed; an empty one is an answer too. `note`: what a reader should know of it, in
	 * a few words (why it is empty, what could not be listed).
	 */
	listed(entries: readonly Listed[], note?: string): void;
	/** It cannot be asked at present, in one sentence. It goes on trying by itself, with back-off. */
	lost(reason: string): void;
}

export interface Following {
	/** Ends every connection, timer and file watch. Idempotent. */
	close(): Promise<void>;
}

/** One kind of place where endpoints are found: one file, one line in index.ts, one test of the same name. */
export interface SourceKind {
	/** How it is written: `consul://HOST:PORT/SERVICE`. */
	readonly usage: string;
	/** What an empty list means unless the address says `?empty=`: `accept` (the default) an answer, `keep` an outage: the last good list stays. */
	readonly empty?: 'accept' | 'keep';
	/** Throws a usageError (exit 2) for an address that cannot be right; otherwise never throws, and tells `lost` instead. */
	follow(address: string, listener: SourceListener, clock: Clock): Following;
}
