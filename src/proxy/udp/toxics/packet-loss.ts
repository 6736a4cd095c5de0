import { lossShare } from '../../toxics/packet-loss.js';
import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type LossAttributes = { loss_rate: number; correlation: number };

/** Loses each with `loss_rate`, one behind a lost one with `loss_rate + correlation`: the chain of the toxic on connections. */
export class DatagramLoss implements DatagramStage {
	private readonly attributes: Readonly<LossAttributes>;
	private readonly chance: DatagramContext['chance'];
	private lost = false;

	constructor({ attributes, chance }: DatagramContext<LossAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(datagram: Datagram): undefined {
		const { loss_rate, correlation } = this.attributes;
		this.lost = this.chance.fork(datagram.key).next() < lossShare(loss_rate) + (this.lost ? lossShare(correlation) : 0);
		if (this.lost) datagram.fate = 'drop';
	}
}
