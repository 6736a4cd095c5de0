import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type BandwidthAttributes = { rate: number; shared: boolean; queue: number };

/** A queue before a line of `rate` bytes per ms: what finds more than `queue` bytes before it is dropped (tail drop). At rate 0 nothing passes. */
export class DatagramBandwidth implements DatagramStage {
	/** Those that wait are paced anew; the shared line is set back by its toxic, once for all flows. */
	readonly again = true;
	private readonly attributes: Readonly<BandwidthAttributes>;
	private readonly shared: { nextFree: number };
	private readonly own: { nextFree: number };

	constructor({ attributes, shared, now }: DatagramContext<BandwidthAttributes>) {
		this.attributes = attributes;
		this.shared = shared;
		this.own = { nextFree: now };
	}

	shape(datagram: Datagram): undefined {
		const { rate, shared, queue } = this.attributes;
		const line = shared ? this.shared : this.own;
		const { length } = datagram.bytes;
		const before = Math.max(0, line.nextFree - datagram.due) * rate;
		// One that finds the line free passes however long it is.
		if (rate <= 0 || (before > 0 && before + length > queue)) {
			datagram.fate = 'drop';
			return;
		}
		line.nextFree = Math.max(datagram.due, line.nextFree) + length / rate;
		datagram.due = line.nextFree;
	}

	changed(now: number): void {
		this.own.nextFree = now;
	}
}
