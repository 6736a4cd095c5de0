import { needForQuantile, quantileRank, quantileRanks } from './order-statistics.js';

/**
 * Sub-buckets of each power of two. Values below 128 µs have a bucket each; above, a bucket's width is at most 1/64 of
 * its lower edge, so a value read from its middle is wrong by at most 0.79 %.
 */
const SUB = 64;
const SUB_BITS = 6;
/** Values are whole µs in 32 bits: up to 71.5 minutes. What is longer counts in the last bucket (`max` keeps it). */
const TOP_US = 2 ** 32 - 1;
/** 128 single µs, then 64 for each of the 25 powers of two from 2^7 on. */
export const BUCKETS = 2 * SUB + SUB * 25;
/** Counts are 32 bits wide until this many records are in; then they might overflow and become doubles. */
const WIDEN_AT = 2 ** 32 - 1;

/** A histogram as JSON; `counts` are [bucket, count, bucket, count, …] of those that are not empty. */
export interface HistogramData {
	kind: 'histogram';
	/** Sub-buckets per power of two, in µs. */
	subBuckets: number;
	counts: number[];
	/** Exact, in ms; 0 when nothing was recorded. */
	minMs: number;
	maxMs: number;
	sumMs: number;
}

/** Places in the array of statistics. */
const COUNT = 0;
const SUM = 1;
const MIN = 2;
const MAX = 3;

const bucketOf = (us: number): number => {
	const shift = 25 - Math.clz32(us | SUB);
	return (shift << SUB_BITS) + (us >>> shift);
};

/** The smallest value of a bucket, and how many µs it spans. */
export const bucketEdges = (bucket: number): { lowUs: number; widthUs: number } => {
	const shift = bucket < 2 * SUB ? 0 : (bucket >> SUB_BITS) - 1;
	return { lowUs: (bucket - shift * SUB) * 2 ** shift, widthUs: 2 ** shift };
};

const middleMs = (bucket: number): number => {
	const { lowUs, widthUs } = bucketEdges(bucket);
	return (lowUs + (widthUs - 1) / 2) / 1000;
};

/**
 * A log-linear histogram of durations (the bucket scheme is HdrHistogram's: Tene 2012), 1 µs … 1 h. It grows with the
 * longest value seen: 3.8 KB for 1 s, 5.4 KB for 60 s, 6.9 KB at most. Merging is adding, and loses nothing.
 */
export class Histogram {
	private counts: Uint32Array | Float64Array = new Uint32Array(2 * SUB);
	/** Count, sum, minimum and maximum in one array: as fields, each store would be to a boxed number. */
	private readonly stats = new Float64Array(4);

	constructor() {
		this.clear();
	}

	/** Counts one duration in ms. Less than 0 is taken for 0. @throws {RangeError} when it is not a finite number. */
	record(ms: number): void {
		const us = ms * 1000 + 0.5;
		const shift = 25 - Math.clz32(us | SUB);
		const bucket = (shift << SUB_BITS) + (us >>> shift);
		const counts = this.counts;
		if (bucket < counts.length && us >= 0.5 && us < TOP_US) {
			(counts[bucket] as number)++;
			this.note(ms);
		} else this.recordOdd(ms);
	}

	/** What is out of range, or needs more room. */
	private recordOdd(ms: number): void {
		if (!Number.isFinite(ms)) throw new RangeError(`a duration of ${ms}`);
		const sane = Math.max(0, ms);
		const bucket = bucketOf(Math.min(TOP_US, sane * 1000 + 0.5));
		this.makeRoom(bucket);
		(this.counts[bucket] as number)++;
		this.note(sane);
	}

	private note(ms: number): void {
		const stats = this.stats;
		if (++(stats[COUNT] as number) === WIDEN_AT) this.widen();
		(stats[SUM] as number) += ms;
		if (ms < (stats[MIN] as number)) stats[MIN] = ms;
		if (ms > (stats[MAX] as number)) stats[MAX] = ms;
	}

	/** How many were recorded. */
	get count(): number {
		return this.stats[COUNT] as number;
	}
	/** Exact, in ms; null when nothing was recorded. */
	get min(): number | null {
		return this.count === 0 ? null : (this.stats[MIN] as number);
	}
	get max(): number | null {
		return this.count === 0 ? null : (this.stats[MAX] as number);
	}
	get mean(): number | null {
		return this.count === 0 ? null : (this.stats[SUM] as number) / this.count;
	}
	/** Bytes that the counts take. */
	get bytes(): number {
		return this.counts.byteLength;
	}

	/**
	 * The nearest-rank quantile in ms, or null where there are too few records to say: its upper limit must hold with
	 * 95 % confidence, which takes 5 for the median, 29 for p90, 299 for p99, 2995 for p99.9.
	 */
	quantile(q: number): number | null {
		return this.count < needForQuantile(q) ? null : this.atRank(quantileRank(this.count, q));
	}

	/** Distribution-free limits of a quantile in ms, each of which holds with 95 % confidence; null where there are too few records for it. */
	limits(q: number): { lo: number | null; hi: number | null } {
		if (this.count === 0) return { lo: null, hi: null };
		const { lo, hi } = quantileRanks(this.count, q);
		return { lo: lo === null ? null : this.atRank(lo), hi: hi === null ? null : this.atRank(hi) };
	}

	/** The duration that stands at a share in [0, 1) of the records, however few: for drawing from what was measured, not for saying what is. */
	at(share: number): number | null {
		return this.count === 0 ? null : this.atRank(Math.min(this.count, Math.floor(share * this.count) + 1));
	}

	/** Adds what the other has recorded. */
	merge(other: Histogram): void {
		this.makeRoom(other.counts.length - 1);
		if (this.count + other.count >= WIDEN_AT) this.widen();
		for (let i = 0; i < other.counts.length; i++) (this.counts[i] as number) += other.counts[i] as number;
		const [count, sum, min, max] = other.stats as unknown as [number, number, number, number];
		this.stats.set([this.count + count, (this.stats[SUM] as number) + sum, Math.min(this.stats[MIN] as number, min), Math.max(this.stats[MAX] as number, max)]);
	}

	/** Empty again; the room stays. */
	clear(): void {
		this.counts.fill(0);
		this.stats.set([0, 0, Number.POSITIVE_INFINITY, 0]);
	}

	/** Calls back for every bucket that is not empty, ascending. */
	each(visit: (bucket: number, count: number) => void): void {
		for (let i = 0; i < this.counts.length; i++) if (this.counts[i] !== 0) visit(i, this.counts[i] as number);
	}

	toJSON(): HistogramData {
		const counts: number[] = [];
		this.each((bucket, count) => counts.push(bucket, count));
		return { kind: 'histogram', subBuckets: SUB, counts, minMs: this.min ?? 0, maxMs: this.max ?? 0, sumMs: this.stats[SUM] as number };
	}

	/** @throws {RangeError} when the data are not a histogram of this shape. */
	static from(data: HistogramData): Histogram {
		const made = new Histogram();
		if (data.subBuckets !== SUB) throw new RangeError(`a histogram of ${data.subBuckets} sub-buckets, expected ${SUB}`);
		let total = 0;
		for (let i = 1; i < data.counts.length; i += 2) total += data.counts[i] as number;
		if (total >= WIDEN_AT) made.widen();
		for (let i = 0; i + 1 < data.counts.length; i += 2) {
			const [bucket, count] = [data.counts[i] as number, data.counts[i + 1] as number];
			const sound = Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS && Number.isSafeInteger(count) && count > 0;
			if (!sound) throw new RangeError(`a histogram's bucket ${bucket} with count ${count}`);
			made.makeRoom(bucket);
			(made.counts[bucket] as number) += count;
		}
		if (total > 0) made.stats.set([total, data.sumMs, data.minMs, data.maxMs]);
		return made;
	}

	private atRank(rank: number): number {
		let below = 0;
		let bucket = 0;
		for (; bucket < this.counts.length - 1; bucket++) {
			below += this.counts[bucket] as number;
			if (below >= rank) break;
		}
		return Math.min(this.stats[MAX] as number, Math.max(this.stats[MIN] as number, middleMs(bucket)));
	}

	/** Up to the end of the bucket's power of two, so that it happens seldom. */
	private makeRoom(bucket: number): void {
		if (bucket < this.counts.length) return;
		const longer = new (this.counts.constructor as Uint32ArrayConstructor)((Math.floor(bucket / SUB) + 1) * SUB);
		longer.set(this.counts);
		this.counts = longer;
	}

	private widen(): void {
		if (this.counts instanceof Uint32Array) this.counts = Float64Array.from(this.counts);
	}
}
