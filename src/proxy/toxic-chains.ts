import { ActiveToxic } from './active-toxic.js';
import type { Direction, ToxicScope, ToxicState } from './contract.js';
import type { DueHeap } from './due-heap.js';
import { isScheduled, phaseAt } from './schedule.js';
import { TOXICS } from './toxics/index.js';

/** A connection, or a flow of datagrams, as its proxy's toxics see it. */
export interface Shaped {
	/** Toxics were added, or their toxicity has changed. */
	restage(direction: Direction): void;
	/** Settings have changed. */
	changed(toxic: ActiveToxic): void;
	/** The toxic is gone from the chain. */
	removed(toxic: ActiveToxic): void;
	/** The same, and it may come back: whether it is meant for this one stays decided. */
	rested(toxic: ActiveToxic): void;
	/** A toxic of requests is there, for a connection that may carry some. */
	relay?(): void;
}

export interface ToxicChainsParts {
	heap: DueHeap;
	/** All that are open now. */
	shaped(): Iterable<Shaped>;
	tell(event: { kind: 'toxic-added' | 'toxic-updated' | 'toxic-removed' | 'toxic-expired' | 'toxic-on' | 'toxic-off'; toxic: string }): void;
	/** What a restart should find has changed. */
	altered(): void;
}

/** The toxics of one proxy, in order. A change has reached everything that is open when it returns, and waits for nobody. */
export class ToxicChains {
	/** Those that work now on bytes or datagrams. */
	readonly chains: Record<Direction, readonly ActiveToxic[]> = { upstream: [], downstream: [] };
	/** Those that work now on requests, whatever their stream. */
	acting: readonly ActiveToxic[] = [];
	/** All, in the order in which they came. */
	private placed: readonly ActiveToxic[] = [];
	private readonly parts: ToxicChainsParts;

	constructor(parts: ToxicChainsParts) {
		this.parts = parts;
	}

	states(): ToxicState[] {
		return this.all().map((toxic) => toxic.state);
	}
	state(name: string): ToxicState | undefined {
		return this.find(name)?.state;
	}

	add(state: ToxicState): ToxicState {
		const type = TOXICS.get(state.type);
		if (!type) throw new Error(`there is no toxic ${state.type}`);
		const toxic = new ActiveToxic(type, state);
		this.placed = [...this.placed, toxic];
		this.parts.tell({ kind: 'toxic-added', toxic: toxic.name });
		this.expire(toxic);
		this.parts.altered();
		toxic.works = false;
		toxic.since = this.parts.heap.now();
		this.follow(toxic, 0, false);
		return toxic.state;
	}

	update(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): ToxicState {
		const toxic = this.find(name);
		if (!toxic) throw new Error(`there is no toxic ${name}`);
		toxic.change(change);
		// What is shared counts from now, once for all.
		toxic.shared.nextFree = this.parts.heap.now();
		if (change.duration !== undefined) this.expire(toxic);
		this.parts.tell({ kind: 'toxic-updated', toxic: name });
		this.parts.altered();
		if (change.start !== undefined || change.on !== undefined || change.off !== undefined) {
			toxic.since = this.parts.heap.now();
			this.follow(toxic, 0);
		}
		// Requests are decided by what is set when they come.
		if (!toxic.works || toxic.type.request) return toxic.state;
		for (const one of [...this.parts.shaped()]) {
			if (change.toxicity !== undefined) one.restage(toxic.direction);
			one.changed(toxic);
		}
		return toxic.state;
	}

	remove(name: string, kind: 'toxic-removed' | 'toxic-expired' = 'toxic-removed'): void {
		const toxic = this.find(name);
		if (!toxic) return;
		this.placed = this.placed.filter((other) => other !== toxic);
		this.forget(toxic);
		this.parts.tell({ kind, toxic: name });
		this.parts.altered();
		this.rechain();
		for (const one of [...this.parts.shaped()]) one.removed(toxic);
	}

	/** Nothing expires or changes by itself any more. */
	close(): void {
		for (const toxic of this.all()) this.forget(toxic);
	}

	private forget({ expiry, turn }: ActiveToxic): void {
		this.parts.heap.cancel(expiry);
		this.parts.heap.cancel(turn);
	}
	private rechain(): void {
		for (const stream of ['upstream', 'downstream'] as const) {
			this.chains[stream] = this.placed.filter(({ works, type, direction }) => works && !type.request && direction === stream);
		}
		this.acting = this.placed.filter(({ works, type }) => works && type.request);
	}

	/** Does what its schedule says for this many ms since it began. `told`: that it works at all is news, also without a schedule. */
	private follow(toxic: ActiveToxic, at: number, told = true): void {
		const { heap, shaped, tell } = this.parts;
		const { works, until } = phaseAt(toxic.scope, at);
		heap.cancel(toxic.turn);
		// Never before `until`, which a sum of times might round away.
		const wake = (now: number): void => this.follow(toxic, Math.max(until, now - toxic.since));
		toxic.turn = until === Number.POSITIVE_INFINITY ? null : heap.add(toxic.since + until, { wake });
		if (works === toxic.works) return;
		toxic.works = works;
		this.rechain();
		if (told || isScheduled(toxic.scope)) tell({ kind: works ? 'toxic-on' : 'toxic-off', toxic: toxic.name });
		for (const one of [...shaped()]) {
			if (toxic.type.request) {
				if (works) one.relay?.();
			} else if (works) one.restage(toxic.direction);
			else one.rested(toxic);
		}
	}

	private all(): ActiveToxic[] {
		const { placed } = this;
		return [...placed.filter(({ direction }) => direction === 'upstream'), ...placed.filter(({ direction }) => direction === 'downstream')];
	}
	private find(name: string): ActiveToxic | undefined {
		return this.all().find((toxic) => toxic.name === name);
	}
	private expire(toxic: ActiveToxic): void {
		const { heap } = this.parts;
		heap.cancel(toxic.expiry);
		const { duration } = toxic.scope;
		if (duration === undefined) return;
		toxic.expiry = heap.add(heap.now() + duration, { wake: () => this.remove(toxic.name, 'toxic-expired') });
	}
}
