/** A binary heap of (time, code) in typed arrays: no object per event. Of one instant, the smaller code comes first. */
export class EventHeap {
	size = 0;
	private times = new Float64Array(1024);
	private codes = new Int32Array(1024);

	/** Infinity when empty. */
	get nextMs(): number {
		return this.size === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number);
	}

	push(time: number, code: number): void {
		if (this.size === this.times.length) this.grow();
		const { times, codes } = this;
		let hole = this.size++;
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			const above = times[parent] as number;
			if (above < time || (above === time && (codes[parent] as number) <= code)) break;
			times[hole] = above;
			codes[hole] = codes[parent] as number;
			hole = parent;
		}
		times[hole] = time;
		codes[hole] = code;
	}

	/** The code of the earliest; only when `size` > 0. */
	pop(): number {
		const { times, codes } = this;
		const top = codes[0] as number;
		const last = --this.size;
		const time = times[last] as number;
		const code = codes[last] as number;
		let hole = 0;
		for (;;) {
			let child = hole * 2 + 1;
			if (child >= last) break;
			if (child + 1 < last && this.before(child + 1, child)) child += 1;
			const below = times[child] as number;
			if (below > time || (below === time && (codes[child] as number) >= code)) break;
			times[hole] = below;
			codes[hole] = codes[child] as number;
			hole = child;
		}
		times[hole] = time;
		codes[hole] = code;
		return top;
	}

	private before(a: number, b: number): boolean {
		const [ta, tb] = [this.times[a] as number, this.times[b] as number];
		return ta < tb || (ta === tb && (this.codes[a] as number) < (this.codes[b] as number));
	}

	private grow(): void {
		const [times, codes] = [this.times, this.codes];
		this.times = new Float64Array(times.length * 2);
		this.codes = new Int32Array(codes.length * 2);
		this.times.set(times);
		this.codes.set(codes);
	}
}
