import type { Socket } from 'node:net';
import { rng } from '../../src/model/rng.js';
import type { Due, DueEntry, DueHeap } from '../../src/proxy/due-heap.js';
import { Link } from '../../src/proxy/link.js';
import type { Stage } from '../../src/proxy/stage.js';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import type { Attributes } from '../../src/proxy/toxics/toxic.js';

/** Time that only passes when told to. */
export class VirtualHeap {
	private time = 0;
	private entries: DueEntry[] = [];
	now(): number {
		return this.time;
	}
	add(due: number, who: Due): DueEntry {
		const entry = { due, who };
		this.entries.push(entry);
		return entry;
	}
	cancel(entry: DueEntry | null): void {
		if (entry) entry.who = null;
	}
	poll(): void {}
	get waiting(): number {
		return this.entries.filter((e) => e.who !== null).length;
	}
	until(to: number): void {
		for (;;) {
			this.entries = this.entries.filter((e) => e.who !== null);
			const next = this.entries.reduce<DueEntry | null>((a, b) => (a && a.due <= b.due ? a : b), null);
			if (!next || next.due > to) break;
			this.time = Math.max(this.time, next.due);
			const { who } = next;
			next.who = null;
			who?.wake(this.time);
		}
		this.time = Math.max(this.time, to);
	}
}

/** One shaped direction in virtual time: what came out, when, and how it ended. */
export class VirtualLink {
	readonly heap = new VirtualHeap();
	readonly link: Link;
	/** `[ms, bytes]` of every write. */
	readonly out: [number, number][] = [];
	readonly bytes: Uint8Array[] = [];
	end: { at: number; how: 'closed' | 'reset' } | null = null;
	lingers = false;
	/** The reader takes nothing. */
	stalled = false;
	private pending = 0;
	private callbacks: (() => void)[] = [];
	private readonly stages: { stage: Stage | null; attributes: Attributes }[] = [];

	constructor() {
		const finish = (how: 'closed' | 'reset') => () => {
			this.end ??= { at: this.heap.now(), how };
			this.link.close();
		};
		this.link = new Link(this.heap as unknown as DueHeap, finish('reset'), finish('closed'));
		const self = this;
		const to = {
			destroyed: false,
			writableEnded: false,
			get writableLength(): number {
				return self.pending;
			},
			write(view: Uint8Array, written: () => void): boolean {
				self.out.push([self.heap.now(), view.length]);
				self.bytes.push(Uint8Array.from(view));
				if (self.stalled) {
					self.pending += view.length;
					self.callbacks.push(written);
				}
				return true;
			},
		};
		this.link.join({ resume() {} } as Socket, to as unknown as Socket);
	}

	add(type: string, attributes: Attributes = {}, seed = 1, fresh = true): number {
		const kind = TOXICS.get(type);
		if (!kind) throw new Error(type);
		const all: Attributes = {};
		for (const [name, info] of Object.entries(kind.attributes)) all[name] = attributes[name] ?? info.default;
		const stage = kind.stage({
			attributes: all,
			chance: rng(seed),
			now: this.heap.now(),
			fresh,
			shared: { nextFree: Number.NEGATIVE_INFINITY },
			linger: () => {
				this.lingers = true;
			},
		});
		this.stages.push({ stage, attributes: all });
		this.restage();
		return this.stages.length - 1;
	}
	update(i: number, attributes: Attributes): void {
		const { stage, attributes: all } = this.stages[i] as { stage: Stage | null; attributes: Attributes };
		Object.assign(all, attributes);
		if (stage) this.link.changed(stage);
	}
	remove(i: number): void {
		this.stages.splice(i, 1);
		this.restage();
	}
	send(at: number, bytes: number | Uint8Array): this {
		this.heap.until(at);
		this.link.pass(typeof bytes === 'number' ? Buffer.alloc(bytes, 97) : bytes);
		return this;
	}
	fin(at: number): this {
		this.heap.until(at);
		this.link.finish();
		return this;
	}
	run(to: number): this {
		this.heap.until(to);
		return this;
	}
	drain(): void {
		this.stalled = false;
		this.pending = 0;
		for (const done of this.callbacks.splice(0)) done();
	}
	get total(): number {
		return this.out.reduce((sum, [, n]) => sum + n, 0);
	}
	get content(): Buffer {
		return Buffer.concat(this.bytes);
	}

	private restage(): void {
		this.link.setStages(this.stages.map(({ stage }) => stage).filter((stage) => stage !== null));
	}
}
