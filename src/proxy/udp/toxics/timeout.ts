import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type TimeoutAttributes = { timeout: number };

/** Drops everything for `timeout` ms from when it began to work on this flow, or was changed; 0: for ever. There is no connection to close. */
export class DatagramTimeout implements DatagramStage {
	private readonly attributes: Readonly<TimeoutAttributes>;
	private since: number;

	constructor({ attributes, now }: DatagramContext<TimeoutAttributes>) {
		this.attributes = attributes;
		this.since = now;
	}

	shape(datagram: Datagram): undefined {
		const { timeout } = this.attributes;
		if (timeout <= 0 || datagram.due < this.since + timeout) datagram.fate = 'drop';
	}

	changed(now: number): void {
		this.since = now;
	}
}
