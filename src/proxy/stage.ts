/** One chunk of a shaped direction, as it was read. A close is a piece too, so that it keeps its place behind the bytes. */
export interface Piece {
	/** Owned by the queue. Empty for FIN and RST. A stage may shorten it: the rest stays at the head of the queue. It may change or lengthen it. */
	bytes: Uint8Array;
	/** When it was read, in ms of the run. */
	at: number;
	/** When it may go on: in virtual time, so that the next stage counts from here and not from a late wake-up. Stages only ever postpone it. */
	due: number;
	/**
	 * pass: write it · drop: forget it · fin: pass on the end of the stream · rst: reset the connection ·
	 * close: write what is left of it, then close the connection; what is behind is lost, as it is behind a rst.
	 */
	fate: 'pass' | 'drop' | 'fin' | 'rst' | 'close';
	/** Ordinal of the HTTP message that it belongs to; -1 where that is not known. */
	message: number;
	/** Ordinal among the chunks of its direction. */
	ordinal: number;
	/** Which stage of the chain is asked next. */
	next: number;
	/** Nothing is written for this many ms after it: for what must not come together even where its time is past. */
	gap: number;
}

/** Shapes one direction of one connection. It owns no timer: it is asked about the head of the queue, and postpones. */
export interface Stage {
	shape(piece: Piece, now: number): void;
	/** Until when it may stay without a piece. Then it is asked about an empty one (fate pass), which counts only if it sets another fate. */
	idleUntil?(now: number): number;
	/** Its settings have changed while this piece (the head) waits for it, or while none does. Without it, such a head goes on at once. */
	changed?(piece: Piece | null, now: number): void;
	/** The direction has just stood still for this many ms, because its reader did not read. */
	stood?(ms: number): void;
	/** How many bytes its direction may hold before the source is paused; the largest of a chain counts. */
	readonly holds?: number;
	/** It has taken bytes away: when it is removed, the connection can only be closed. */
	readonly closesWhenRemoved?: boolean;
}
