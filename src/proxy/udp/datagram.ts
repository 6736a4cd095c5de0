import type { Rng } from '../../model/rng.js';
import type { Piece } from '../stage.js';
import type { Attributes } from '../toxics/toxic.js';

/** Sent or dropped. */
export const GONE = -2;

/** One datagram of one direction of a flow: never split, never joined to another. */
export interface Datagram extends Pick<Piece, 'bytes' | 'due' | 'next'> {
	fate: 'pass' | 'drop';
	/** Ordinal among those of its direction ("17"); "17.1" is the first copy of it. What is decided about it is keyed by this. */
	readonly key: string;
	copies: number;
	/** Its place among those that are due at the same time; -1: in no queue yet; {@link GONE}. */
	turn: number;
}

/** Another one of the same content, from here on. */
export const copyOf = (datagram: Datagram): Datagram => ({ ...datagram, key: `${datagram.key}.${++datagram.copies}`, copies: 0, turn: -1 });

/**
 * Shapes one direction of one flow. It is asked about each datagram once, in the order in which they reach it; when
 * that is, is `datagram.due`: in virtual time, so a late wake-up makes nothing later. It owns no timer.
 */
export interface DatagramStage {
	/** May postpone it, drop it or replace its bytes. What it returns goes on from behind this stage as well: copies, or those that it made wait. */
	shape(datagram: Datagram): readonly Datagram[] | undefined;
	/** Its settings have changed. Those that wait for it go on at once; if `again`, they are asked about anew. */
	changed?(now: number): void;
	readonly again?: boolean;
}

/** What one toxic knows on one direction of one flow. */
export interface DatagramContext<A extends Attributes = Attributes> {
	/** The toxic's own: always its present values. */
	readonly attributes: Readonly<A>;
	/** Keyed by the seed, the proxy, the flow, the direction and the toxic. */
	readonly chance: Rng;
	/** When it begins to work here. */
	readonly now: number;
	/** One per toxic, for what its flows share. */
	readonly shared: { nextFree: number };
}
