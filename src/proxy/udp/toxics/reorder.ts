import type { Datagram, DatagramContext, DatagramStage } from '../datagram.js';

type ReorderAttributes = { rate: number; gap: number; hold: number };

interface Held {
	datagram: Datagram;
	/** When it goes on in any case. */
	until: number;
	/** How many have still to pass it. */
	left: number;
}

/**
 * Holds a share of the datagrams back until `gap` later ones that are not held have gone past, at most `hold` ms: each
 * of them comes late by exactly `gap` (RFC 4737, 4.2.2) wherever traffic is dense enough. netem lets a share overtake
 * those that its delay holds; this needs no delay.
 */
export class DatagramReorder implements DatagramStage {
	private readonly attributes: Readonly<ReorderAttributes>;
	private readonly chance: DatagramContext['chance'];
	private held: Held[] = [];

	constructor({ attributes, chance }: DatagramContext<ReorderAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(datagram: Datagram): Datagram[] | undefined {
		const now = datagram.due;
		const { rate, gap, hold } = this.attributes;
		if (this.chance.fork(datagram.key).next() < rate) {
			datagram.due = now + hold;
			this.held.push({ datagram, until: datagram.due, left: gap });
			return undefined;
		}
		if (this.held.length === 0) return undefined;
		const passed: Datagram[] = [];
		this.held = this.held.filter((held) => {
			if (held.until <= now) return false;
			if (--held.left > 0) return true;
			held.datagram.due = now;
			passed.push(held.datagram);
			return false;
		});
		return passed;
	}

	/** Those that are held go on at once. */
	changed(): void {
		this.held = [];
	}
}
