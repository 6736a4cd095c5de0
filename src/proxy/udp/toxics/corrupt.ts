import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type CorruptAttributes = { rate: number };

/** Flips one bit in a share of the datagrams; an empty one has none. The checksum is made anew by the system, so the reader gets it. */
export class DatagramCorrupt implements DatagramStage {
	private readonly attributes: Readonly<CorruptAttributes>;
	private readonly chance: DatagramContext['chance'];

	constructor({ attributes, chance }: DatagramContext<CorruptAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(datagram: Datagram): undefined {
		const { length } = datagram.bytes;
		const chance = this.chance.fork(datagram.key);
		if (length === 0 || chance.next() >= this.attributes.rate) return;
		const bit = Math.floor(chance.next() * length * 8);
		// Copies share their bytes.
		datagram.bytes = Uint8Array.from(datagram.bytes);
		datagram.bytes[bit >> 3] = (datagram.bytes[bit >> 3] as number) ^ (1 << (bit & 7));
	}
}
