import type { Piece, Stage } from '../stage.js';
import { boolean, CHUNK, int64, NARROW, type StageContext, type ToxicType } from './toxic.js';

type BandwidthAttributes = { rate: number; shared: boolean; queue: number };

/** One slice is at most this many ms worth of data; smaller where connections take turns. */
const SLICE_MS = 100;
const SHARED_SLICE_MS = 10;
/** A reader that stood still longer than this gets no burst. */
const CATCH_UP_MS = 100;

/** Paces in virtual time: a slice is due when the slices before it and it itself have had their time at the rate. */
class BandwidthStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<BandwidthAttributes>;
	private readonly shared: { nextFree: number };
	private readonly own: { nextFree: number };

	constructor({ attributes, shared, now }: StageContext<BandwidthAttributes>) {
		this.attributes = attributes;
		this.shared = shared;
		this.own = { nextFree: now };
	}

	shape(piece: Piece, _now: number): void {
		const { rate, shared } = this.attributes;
		if (piece.bytes.length === 0) return;
		if (rate <= 0) {
			piece.due = Number.POSITIVE_INFINITY;
			return;
		}
		// 1 KB is 1000 bytes, so KB/s are bytes per ms.
		const slice = Math.max(1, Math.min(CHUNK, rate * (shared ? SHARED_SLICE_MS : SLICE_MS)));
		if (piece.bytes.length > slice) piece.bytes = piece.bytes.subarray(0, slice);
		const pace = shared ? this.shared : this.own;
		pace.nextFree = Math.max(piece.due, pace.nextFree) + piece.bytes.length / rate;
		piece.due = pace.nextFree;
	}

	/** The time in which nothing could go is lost; a moment of it is made up for, as that of a late wake-up is. */
	stood(ms: number): void {
		this.own.nextFree += Math.max(0, ms - CATCH_UP_MS);
	}

	/** The slice that waits goes on; the new rate counts from now. */
	changed(head: Piece | null, now: number): void {
		this.own.nextFree = now;
		this.shared.nextFree = now;
		if (head) head.due = now;
	}
}

export const bandwidth: ToxicType<BandwidthAttributes> = {
	type: 'bandwidth',
	goType: 'BandwidthToxic',
	summary: 'passes rate KB/s on, per connection and direction; 0 passes nothing',
	attributes: {
		rate: int64('BandwidthToxic.attributes.rate'),
		shared: boolean('BandwidthToxic.attributes.shared', { additional: true }),
		/** Of datagrams: in bytes. */
		queue: int64('BandwidthToxic.attributes.queue', { default: 65_536, additional: true }),
	},
	objection: ({ rate, queue }) => {
		if ((rate as number) < 0) return `rate must not be negative, is ${rate}`;
		return (queue as number) < 0 ? `queue must not be negative, is ${queue}` : null;
	},
	stage: (context) => new BandwidthStage(context),
};
