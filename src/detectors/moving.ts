/**
 * Mean and variance of the last so many numbers, which it keeps as differences from `about` in 4 bytes each, so that a
 * window of 1000 costs 4 KB at most, and less before it is full.
 */
export class MovingStatistics {
	private readonly size: number;
	private readonly about: number;
	private ring = new Float32Array(16);
	private held = 0;
	private at = 0;
	private sum = 0;
	private squares = 0;

	constructor(size: number, about: number) {
		this.size = size;
		this.about = about;
	}

	add(value: number): void {
		if (this.held < this.size && this.held === this.ring.length) {
			const longer = new Float32Array(Math.min(this.size, this.ring.length * 2));
			longer.set(this.ring);
			this.ring = longer;
		}
		const old = this.held === this.size ? (this.ring[this.at] as number) : 0;
		this.ring[this.at] = value - this.about;
		const kept = this.ring[this.at] as number;
		this.sum += kept - old;
		this.squares += kept * kept - old * old;
		if (this.held < this.size) this.held += 1;
		this.at += 1;
		if (this.at === this.size) {
			this.at = 0;
			this.recount();
		}
	}

	get count(): number {
		return this.held;
	}
	/** 0 while nothing is held. */
	get mean(): number {
		return this.held === 0 ? 0 : this.about + this.sum / this.held;
	}
	/** Of the population, not of a sample: divided by n. */
	get variance(): number {
		return this.held === 0 ? 0 : Math.max(0, this.squares / this.held - (this.sum / this.held) ** 2);
	}

	/** Once a round, so that rounding errors do not gather. */
	private recount(): void {
		this.sum = 0;
		this.squares = 0;
		for (let i = 0; i < this.held; i++) {
			const kept = this.ring[i] as number;
			this.sum += kept;
			this.squares += kept * kept;
		}
	}
}
