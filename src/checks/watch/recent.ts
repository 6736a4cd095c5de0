/** What a mark of {@link Recent} says that is no latency. */
export const FAILED = -1;
/** Our own doing: it says nothing about the endpoint. */
export const LOCAL = -2;

const KEPT = 60;

/** The latest answers of one endpoint: latencies in ms, or what came instead. 240 bytes, however long it is watched. */
export class Recent {
	private readonly marks = new Float32Array(KEPT);
	private n = 0;

	add(mark: number): void {
		this.marks[this.n++ % KEPT] = mark;
	}

	/** The latest ones, oldest first, at most `most`. */
	latest(most: number): number[] {
		const count = Math.min(most, KEPT, this.n);
		return Array.from({ length: count }, (_, i) => this.marks[(this.n - count + i) % KEPT] as number);
	}
}
