import { hash } from './hash.js';
import type { Candidate } from './policy.js';

type Host = Pick<Candidate, 'index' | 'name' | 'weight'>;

/** Points per unit of weight, as ketama. */
const POINTS = 160;

/** A circle of 2³² places with `POINTS` × weight points per host (Karger 1997; ketama): a key belongs to the first point clockwise of its hash. */
export class HashRing {
	private readonly places: Uint32Array;
	private readonly owners: Uint32Array;

	constructor(hosts: readonly Host[]) {
		const points: [place: number, owner: number][] = [];
		for (const { index, name, weight } of hosts) {
			const count = Math.max(1, Math.round(POINTS * weight));
			for (let i = 0; i < count; i++) points.push([hash(`${name}-${i}`), index]);
		}
		points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
		this.places = Uint32Array.from(points, ([place]) => place);
		this.owners = Uint32Array.from(points, ([, owner]) => owner);
	}

	/** The index of the first host clockwise of the key that `takes` accepts; undefined: none does. */
	find(key: string, takes: (index: number) => boolean): number | undefined {
		const { places, owners } = this;
		const start = this.after(hash(key));
		for (let step = 0; step < places.length; step++) {
			const owner = owners[(start + step) % owners.length] as number;
			if (takes(owner)) return owner;
		}
		return undefined;
	}

	/** Share of the circle that each host owns, by index. */
	shares(): Map<number, number> {
		const { places, owners } = this;
		const shares = new Map<number, number>();
		for (const [i, owner] of owners.entries()) {
			const before = i === 0 ? (places[places.length - 1] as number) - 2 ** 32 : (places[i - 1] as number);
			shares.set(owner, (shares.get(owner) ?? 0) + ((places[i] as number) - before) / 2 ** 32);
		}
		return shares;
	}

	private after(place: number): number {
		let low = 0;
		let high = this.places.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((this.places[middle] as number) < place) low = middle + 1;
			else high = middle;
		}
		return low === this.places.length ? 0 : low;
	}
}

const rings = new Map<string, HashRing>();
const MOST_RINGS = 32;

/** The ring of these hosts; the same ones share it, since a fleet of clients would build it over and over. */
const ringOf = (hosts: readonly Host[]): HashRing => {
	const signature = JSON.stringify(hosts.map(({ index, name, weight }) => [index, name, weight]));
	const ring = rings.get(signature) ?? new HashRing(hosts);
	rings.delete(signature);
	rings.set(signature, ring);
	if (rings.size > MOST_RINGS) rings.delete(rings.keys().next().value as string);
	return ring;
};

/** A ring over all hosts that were ever offered, of which only those offered now are found. So a host that goes or comes back moves its own keys alone. */
export class Membership {
	private readonly hosts: Host[] = [];
	private ring: HashRing = new HashRing([]);
	/** Position + 1 of each host in the last offer, valid where `seen` is this offer's number. */
	private readonly positions: number[] = [];
	private readonly seen: number[] = [];
	private offer = 0;

	/** The ring for this offer, and each host's position in it (−1: not offered). */
	meet(candidates: readonly Candidate[]): { ring: HashRing; position: (index: number) => number } {
		this.offer += 1;
		let changed = false;
		for (let position = 0; position < candidates.length; position++) {
			const candidate = candidates[position] as Candidate;
			const { index, weight } = candidate;
			this.positions[index] = position;
			this.seen[index] = this.offer;
			if (this.hosts[index]?.weight === weight) continue;
			this.hosts[index] = candidate;
			changed = true;
		}
		if (changed) this.ring = ringOf(this.hosts.filter((host) => host !== undefined));
		return { ring: this.ring, position: this.position };
	}

	private readonly position = (index: number): number => (this.seen[index] === this.offer ? (this.positions[index] as number) : -1);
}
