import { ActiveToxic } from './active-toxic.js';
import type { Direction, ToxicScope, ToxicState } from './contract.js';
import type { DueHeap } from './due-heap.js';
import { TOXICS } from './toxics/index.js';

/** A connection, or a flow of datagrams, as its proxy's toxics see it. */
export interface Shaped {
	/** Toxics were added, or their toxicity has changed. */
	restage(direction: Direction): void;
	/** Settings have changed. */
	changed(toxic: ActiveToxic): void;
	/** The toxic is gone from the chain. */
	removed(toxic: ActiveToxic): void;
}

export interface ToxicChainsParts {
	heap: DueHeap;
	/** All that are open now. */
	shaped(): Iterable<Shaped>;
	tell(event: { kind: 'toxic-added' | 'toxic-updated' | 'toxic-removed' | 'toxic-expired'; toxic: string }): void;
}

/** The toxics of one proxy, in order. A change has reached everything that is open when it returns, and waits for nobody. */
export class ToxicChains {
	readonly chains: Record<Direction, ActiveToxic[]> = { upstream: [], downstream: [] };
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
		this.chains[toxic.direction].push(toxic);
		this.expire(toxic);
		this.parts.tell({ kind: 'toxic-added', toxic: toxic.name });
		for (const one of [...this.parts.shaped()]) one.restage(toxic.direction);
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
		for (const one of [...this.parts.shaped()]) {
			if (change.toxicity !== undefined) one.restage(toxic.direction);
			one.changed(toxic);
		}
		return toxic.state;
	}

	remove(name: string, kind: 'toxic-removed' | 'toxic-expired' = 'toxic-removed'): void {
		const toxic = this.find(name);
		if (!toxic) return;
		const chain = this.chains[toxic.direction];
		chain.splice(chain.indexOf(toxic), 1);
		this.parts.heap.cancel(toxic.expiry);
		this.parts.tell({ kind, toxic: name });
		for (const one of [...this.parts.shaped()]) one.removed(toxic);
	}

	/** Nothing expires any more. */
	close(): void {
		for (const toxic of this.all()) this.parts.heap.cancel(toxic.expiry);
	}

	private all(): ActiveToxic[] {
		return [...this.chains.upstream, ...this.chains.downstream];
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
