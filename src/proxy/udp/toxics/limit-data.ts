import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type LimitDataAttributes = { bytes: number };

/** Whole datagrams pass as long as they come to at most `bytes` together; the first that does not fit ends it. The count outlives updates. */
export class DatagramLimit implements DatagramStage {
	private readonly attributes: Readonly<LimitDataAttributes>;
	private passed = 0;
	private stopped = false;

	constructor({ attributes }: DatagramContext<LimitDataAttributes>) {
		this.attributes = attributes;
	}

	shape(datagram: Datagram): undefined {
		const { bytes } = this.attributes;
		const { length } = datagram.bytes;
		this.stopped ||= this.passed >= bytes || this.passed + length > bytes;
		if (this.stopped) datagram.fate = 'drop';
		else this.passed += length;
	}

	changed(): void {
		this.stopped = false;
	}
}
