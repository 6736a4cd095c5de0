import { CorrelatedJitter, type Spread } from '../../toxics/distribution.js';
import type { Attributes } from '../../toxics/toxic.js';
import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type LatencyAttributes = Spread & { latency: number } & Attributes;

/** Each datagram comes `latency` ± `jitter` ms later, in its own time: one with little jitter overtakes, as in netem. */
export class DatagramLatency implements DatagramStage {
	private readonly attributes: Readonly<LatencyAttributes>;
	private readonly chance: DatagramContext['chance'];
	private readonly jitter: CorrelatedJitter;

	constructor({ attributes, chance }: DatagramContext<LatencyAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
		this.jitter = new CorrelatedJitter(chance);
	}

	shape(datagram: Datagram): undefined {
		datagram.due += Math.max(0, this.attributes.latency + this.jitter.next(this.attributes, this.chance.fork(datagram.key)));
	}
}
