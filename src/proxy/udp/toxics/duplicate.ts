import { copyOf, type Datagram, type DatagramContext, type DatagramStage } from '../datagram.js';

type DuplicateAttributes = { rate: number };

/** Sends a share of the datagrams twice, one behind the other; the toxics that follow decide about each. */
export class DatagramDuplicate implements DatagramStage {
	private readonly attributes: Readonly<DuplicateAttributes>;
	private readonly chance: DatagramContext['chance'];

	constructor({ attributes, chance }: DatagramContext<DuplicateAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(datagram: Datagram): Datagram[] | undefined {
		return this.chance.fork(datagram.key).next() < this.attributes.rate ? [copyOf(datagram)] : undefined;
	}
}
