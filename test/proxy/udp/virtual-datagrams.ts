import { rng } from '../../../src/model/rng.js';
import type { DueHeap } from '../../../src/proxy/due-heap.js';
import { TOXICS } from '../../../src/proxy/toxics/index.js';
import type { Attributes } from '../../../src/proxy/toxics/toxic.js';
import type { DatagramStage } from '../../../src/proxy/udp/datagram.js';
import { DatagramLink, type Room } from '../../../src/proxy/udp/datagram-link.js';
import { datagramStage } from '../../../src/proxy/udp/toxics/index.js';
import { VirtualHeap } from '../virtual-link.js';

/** One direction of a flow in virtual time: which datagrams came out, and when. */
export class VirtualDatagrams {
	readonly heap = new VirtualHeap();
	readonly room: Room;
	readonly link: DatagramLink;
	/** `[ms, text]` of each that was sent. */
	readonly out: [number, string][] = [];
	readonly bytes: Uint8Array[] = [];
	/** What the system says to a send. */
	takes = true;
	private readonly stages: { stage: DatagramStage | null; attributes: Attributes; shared: { nextFree: number } }[] = [];

	constructor(room: Partial<Room> = {}) {
		this.room = { held: 0, most: 2 ** 26, mostPerLink: 2 ** 24, ...room };
		this.link = new DatagramLink(this.heap as unknown as DueHeap, this.room, (bytes) => {
			if (!this.takes) return false;
			this.out.push([this.heap.now(), Buffer.from(bytes).toString('latin1')]);
			this.bytes.push(bytes);
			return true;
		});
	}

	add(type: string, attributes: Attributes = {}, seed = 1): number {
		const all: Attributes = {};
		for (const [name, info] of Object.entries(TOXICS.get(type)?.attributes ?? {})) all[name] = attributes[name] ?? info.default;
		const shared = { nextFree: Number.NEGATIVE_INFINITY };
		const stage = datagramStage(type, { attributes: all, chance: rng(seed).fork(type), now: this.heap.now(), shared });
		this.stages.push({ stage, attributes: all, shared });
		this.restage();
		return this.stages.length - 1;
	}
	update(i: number, attributes: Attributes): void {
		const { stage, attributes: all, shared } = this.stages[i] as (typeof this.stages)[number];
		Object.assign(all, attributes);
		shared.nextFree = this.heap.now();
		if (stage) this.link.changed(stage);
	}
	remove(i: number): void {
		this.stages.splice(i, 1);
		this.restage();
	}
	send(at: number, content: string | number): this {
		this.heap.until(at);
		this.link.pass(Buffer.from(typeof content === 'number' ? 'x'.repeat(content) : content));
		return this;
	}
	run(to: number): this {
		this.heap.until(to);
		return this;
	}
	get order(): string {
		return this.out.map(([, text]) => text).join(' ');
	}

	private restage(): void {
		this.link.setStages(this.stages.map(({ stage }) => stage).filter((stage) => stage !== null));
	}
}
