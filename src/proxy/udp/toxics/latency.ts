import { CorrelatedJitter } from '../../toxics/distribution.js';
import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type LatencyAttributes = { latency: number; jitter: number; distribution: string; correlation: number };

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
		const { latency, jitter, distribution, correlation } = this.attributes;
		const spread = jitter > 0 ? jitter * this.jitter.next(distribution, correlation, this.chance.fork(datagram.key)) : 0;
		datagram.due += Math.max(0, latency + spread);
	}
}
