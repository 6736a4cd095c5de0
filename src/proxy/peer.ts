/**
 * One side of a proxied connection, as the links use it: a socket, TLS over one, or a relay that reads requests.
 * What it reads is handed to the `Reader` that it was made with (see sockets.ts); it is made paused or not yet connected.
 *
 * Events: `connect` once it may be written to (never for an accepted one), `end` at the other's FIN, `error` before a
 * `close` that has a cause, `close` exactly once.
 */
export interface Peer {
	readonly destroyed: boolean;
	/** Bytes not yet taken by the kernel. 0 right after a write: the view may be reused at once. */
	readonly writableLength: number;
	readonly writableEnded: boolean;
	readonly remoteAddress?: string | undefined;
	readonly remotePort?: number | undefined;
	/** The view belongs to the caller again when `done` is called, or at once while `writableLength` is 0. */
	write(view: Uint8Array, done: () => void): unknown;
	/** FIN behind what was written; reading goes on. */
	end(): unknown;
	resume(): unknown;
	destroy(): unknown;
	/** Destroyed once all that was written is with the kernel. */
	destroySoon(): unknown;
	/** RST. */
	resetAndDestroy(): unknown;
	on(event: 'end' | 'close', hear: () => void): unknown;
	on(event: 'error', hear: (error: NodeJS.ErrnoException) => void): unknown;
	once(event: 'connect', hear: () => void): unknown;
}
