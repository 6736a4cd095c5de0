import type { Datagram } from './datagram.js';

interface Entry {
	due: number;
	turn: number;
	datagram: Datagram;
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.turn < b.turn);

/** The datagrams that wait in one direction, the next due first, those of the same time in turn: a binary heap. */
export class DueQueue {
	private heap: Entry[] = [];
	private turns = 0;
	private waiting = 0;

	/** How many datagrams wait. */
	get size(): number {
		return this.waiting;
	}

	/** At its `due`, behind those that are due then already. One that waits is moved. */
	push(datagram: Datagram): void {
		if (datagram.turn < 0) this.waiting++;
		datagram.turn = this.turns++;
		this.insert(datagram);
		if (this.heap.length > 2 * this.waiting + 64) this.compact();
	}
	/** At its `due`, in its old turn among those that are due then. */
	put(datagram: Datagram): void {
		this.waiting++;
		this.insert(datagram);
	}
	/** When the next one is due. */
	get due(): number {
		this.skip();
		return this.heap[0]?.due ?? Number.POSITIVE_INFINITY;
	}
	shift(): Datagram | undefined {
		this.skip();
		const first = this.heap[0];
		if (!first) return undefined;
		this.pop();
		this.waiting--;
		return first.datagram;
	}
	/** All that wait, in order; the queue is empty then. */
	take(): Datagram[] {
		const all: Datagram[] = [];
		for (let next = this.shift(); next; next = this.shift()) all.push(next);
		return all;
	}

	private insert(datagram: Datagram): void {
		this.heap.push({ due: datagram.due, turn: datagram.turn, datagram });
		for (let i = this.heap.length - 1; i > 0; ) {
			const parent = (i - 1) >> 1;
			if (before(this.at(parent), this.at(i))) return;
			this.swap(i, parent);
			i = parent;
		}
	}
	/** Entries of datagrams that were moved stay where they were until they come to the top. */
	private skip(): void {
		for (let top = this.heap[0]; top && top.datagram.turn !== top.turn; top = this.heap[0]) this.pop();
	}
	private compact(): void {
		// An array in order is a heap.
		this.heap = this.heap.filter(({ datagram, turn }) => datagram.turn === turn).sort((a, b) => (before(a, b) ? -1 : 1));
	}
	private pop(): void {
		const last = this.heap.pop() as Entry;
		if (this.heap.length === 0) return;
		this.heap[0] = last;
		for (let i = 0; ; ) {
			const left = 2 * i + 1;
			if (left >= this.heap.length) return;
			const child = left + 1 < this.heap.length && before(this.at(left + 1), this.at(left)) ? left + 1 : left;
			if (before(this.at(i), this.at(child))) return;
			this.swap(i, child);
			i = child;
		}
	}
	private at(i: number): Entry {
		return this.heap[i] as Entry;
	}
	private swap(a: number, b: number): void {
		const entry = this.at(a);
		this.heap[a] = this.at(b);
		this.heap[b] = entry;
	}
}
