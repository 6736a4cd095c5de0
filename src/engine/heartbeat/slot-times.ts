import type { Schedule } from './schedule.js';

/** When the next question is due, or the one that is out was. */
export const DUE = 0;
/** When the answer to the one that is out is late. */
export const DEADLINE = 1;
/** When the detector wants to be asked. */
export const DETECT = 2;
const BASE = 3;
const PHASE = 4;
const KEY = 5;
/** Eight numbers are one line of the cache. */
const WIDTH = 8;

/** The times of all slots in one array: as fields, each would be a boxed number somewhere else in memory. */
export class SlotTimes {
	private numbers = new Float64Array(16 * WIDTH);
	private readonly scratch: Schedule;

	constructor(periodMs: number, jitter: number) {
		this.scratch = { baseMs: 0, periodMs, phaseMs: 0, jitter, key: 0 };
	}

	get(slot: number, what: number): number {
		return this.numbers[slot * WIDTH + what] as number;
	}
	set(slot: number, what: number, ms: number): void {
		this.numbers[slot * WIDTH + what] = ms;
	}

	/** A slot begins: no time is set but its schedule. */
	begin(slot: number, { baseMs, phaseMs, key }: Schedule): void {
		if ((slot + 1) * WIDTH > this.numbers.length) {
			const grown = new Float64Array(this.numbers.length * 2);
			grown.set(this.numbers);
			this.numbers = grown;
		}
		const never = Number.POSITIVE_INFINITY;
		this.numbers.set([never, never, never, baseMs, phaseMs, key], slot * WIDTH);
	}

	/** Valid until the next call. */
	schedule(slot: number): Schedule {
		const { scratch } = this;
		scratch.baseMs = this.get(slot, BASE);
		scratch.phaseMs = this.get(slot, PHASE);
		scratch.key = this.get(slot, KEY);
		return scratch;
	}
}
