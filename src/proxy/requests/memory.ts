/** A key is compared by this many characters, so that nobody fills the memory with long ones. */
const KEY = 512;

/** How often each key was seen. Whoever was not seen for longest is forgotten first. */
export class Memory {
	private readonly counts = new Map<string, number>();
	private readonly limit: number;

	constructor(limit = 10_000) {
		this.limit = limit;
	}

	/** From 1. */
	seen(key: string): number {
		const known = key.slice(0, KEY);
		const count = (this.counts.get(known) ?? 0) + 1;
		this.counts.delete(known);
		this.counts.set(known, count);
		if (this.counts.size > this.limit) this.counts.delete(this.counts.keys().next().value as string);
		return count;
	}
}
