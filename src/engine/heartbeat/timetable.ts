/**
 * When each of many slots wants to be woken: a binary heap over typed arrays in which a slot's time can be moved, so
 * that due times and deadlines of ten thousand endpoints share one timer, at 16 bytes each.
 */
export class Timetable {
	private times = new Float64Array(16);
	private heap = new Int32Array(16);
	/** Where a slot is in the heap; -1: nowhere. */
	private places = new Int32Array(16).fill(-1);
	size = 0;

	/** The slot that is woken first; -1 if there is none. */
	get first(): number {
		return this.size === 0 ? -1 : (this.heap[0] as number);
	}
	get firstMs(): number {
		return this.size === 0 ? Number.POSITIVE_INFINITY : (this.times[this.heap[0] as number] as number);
	}

	/** Wakes `slot` at `ms`, and not at any other time. Infinity: not at all. */
	set(slot: number, ms: number): void {
		if (ms === Number.POSITIVE_INFINITY) {
			this.remove(slot);
			return;
		}
		if (slot >= this.times.length) this.grow(slot + 1);
		let at = this.places[slot] as number;
		if (at >= 0 && this.times[slot] === ms) return;
		this.times[slot] = ms;
		if (at < 0) {
			at = this.size++;
			this.put(slot, at);
		}
		this.down(this.up(at));
	}

	remove(slot: number): void {
		const at = slot < this.places.length ? (this.places[slot] as number) : -1;
		if (at < 0) return;
		this.places[slot] = -1;
		const last = this.heap[--this.size] as number;
		if (at === this.size) return;
		this.put(last, at);
		this.down(this.up(at));
	}

	private grow(needed: number): void {
		const length = Math.max(needed, this.times.length * 2);
		const [times, heap, places] = [new Float64Array(length), new Int32Array(length), new Int32Array(length).fill(-1)];
		times.set(this.times);
		heap.set(this.heap);
		places.set(this.places);
		this.times = times;
		this.heap = heap;
		this.places = places;
	}

	private put(slot: number, at: number): void {
		this.heap[at] = slot;
		this.places[slot] = at;
	}

	private up(from: number): number {
		const slot = this.heap[from] as number;
		const ms = this.times[slot] as number;
		let at = from;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			const other = this.heap[parent] as number;
			if ((this.times[other] as number) <= ms) break;
			this.put(other, at);
			at = parent;
		}
		this.put(slot, at);
		return at;
	}

	private down(from: number): void {
		const slot = this.heap[from] as number;
		const ms = this.times[slot] as number;
		let at = from;
		for (let child = 2 * at + 1; child < this.size; child = 2 * at + 1) {
			const right = child + 1;
			if (right < this.size && (this.times[this.heap[right] as number] as number) < (this.times[this.heap[child] as number] as number)) child = right;
			const other = this.heap[child] as number;
			if ((this.times[other] as number) >= ms) break;
			this.put(other, at);
			at = child;
		}
		this.put(slot, at);
	}
}
