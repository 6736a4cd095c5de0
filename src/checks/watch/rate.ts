const SECONDS = 60;

/** How many per second, over the last minute (less, while it has not run for so long). Memory: 60 numbers. */
export class Rate {
	private readonly counts = new Float64Array(SECONDS);
	private readonly began: number;
	private second: number;

	constructor(nowMs: number) {
		this.began = nowMs;
		this.second = Math.floor(nowMs / 1000);
	}

	add(n: number, nowMs: number): void {
		this.turn(nowMs);
		(this.counts[this.second % SECONDS] as number) += n;
	}

	/** Per second. */
	of(nowMs: number): number {
		this.turn(nowMs);
		const seen = Math.min(nowMs - this.began, (SECONDS - 1) * 1000 + (nowMs % 1000));
		return seen <= 0 ? 0 : (this.counts.reduce((sum, n) => sum + n, 0) / seen) * 1000;
	}

	/** Seconds that have begun since are empty. */
	private turn(nowMs: number): void {
		const second = Math.floor(nowMs / 1000);
		for (let i = Math.max(this.second + 1, second - SECONDS + 1); i <= second; i++) this.counts[i % SECONDS] = 0;
		this.second = Math.max(this.second, second);
	}
}
