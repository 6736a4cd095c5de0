/** One chunk of a shaped direction, as it was read. A close is a piece too, so that it keeps its place behind the bytes. */
export interface Piece {
	/** Empty for FIN and RST. A stage may shorten it: the rest stays at the head of the queue. */
	bytes: Uint8Array;
	/** When it was read, in ms of the run. */
	at: number;
	/** When it may go on; stages only ever postpone it. */
	due: number;
	/** pass: write it · drop: forget it · fin: pass on the end of the stream · rst: reset the connection. */
	fate: 'pass' | 'drop' | 'fin' | 'rst';
	/** Ordinal of the HTTP message that it belongs to; -1 where that is not known. */
	message: number;
	/** Ordinal among the chunks of its direction. */
	ordinal: number;
}

/** Shapes one direction of one connection. It owns no timer: it is asked about the head of the queue, and postpones. */
export interface Stage {
	shape(piece: Piece, now: number): void;
}
