/** Seeded chance. Draws are keyed by label and ordinal, so they never depend on the order in which callbacks run. */
export interface Rng {
	/** Uniform in [0, 1). */
	next(): number;
	/** An independent stream: the same label of the same parent always gives the same stream. */
	fork(label: string): Rng;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
const hash = (text: string, basis: number): number => {
	let h = (0x811c9dc5 ^ basis) >>> 0;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
	return h;
};

/** splitmix32: one 32-bit word of state, passes PractRand far beyond what one run draws. */
class Splitmix implements Rng {
	private state: number;
	private readonly root: number;
	constructor(seed: number) {
		this.root = seed >>> 0;
		this.state = seed >>> 0;
	}
	next(): number {
		this.state = (this.state + 0x9e3779b9) >>> 0;
		let z = this.state;
		z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
		z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
		return ((z ^ (z >>> 15)) >>> 0) / 4294967296;
	}
	fork(label: string): Rng {
		return new Splitmix(hash(label, Math.imul(this.root, 0x85ebca6b) >>> 0));
	}
}

export const rng = (seed: number): Rng => new Splitmix(seed);
