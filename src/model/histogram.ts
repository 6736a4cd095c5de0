import { needForQuantile, quantileRanks } from './order-statistics.js';

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

const bucketOf = (us: number): number => {
	const shift = 25 - Math.clz32(us | SUB);
	return (shift << SUB_BITS) + (us >>> shift);
};

/** The smallest value of a bucket, and how many µs it spans. */
export const bucketEdges = (bucket: number): { lowUs: number; widthUs: number } => {
	const shift = bucket < 2 * SUB ? 0 : (bucket >> SUB_BITS) - 1;
	return { lowUs: (bucket - shift * SUB) * 2 ** shift, widthUs: 2 ** shift };
};

const refuse = (ms: number): void => {
	if (!Number.isFinite(ms)) throw new RangeError(`a duration of ${ms}`);
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
	private counts: Uint32Array | Float64Array;
	private total = 0;
	private sum = 0;
	private least = Number.POSITIVE_INFINITY;
	private most = 0;

	constructor() {
		this.counts = new Uint32Array(2 * SUB);
	}

	/** Counts one duration in ms. Less than 0 is taken for 0. @throws {RangeError} when it is not a finite number. */
	record(duration: number): void {
		const ms = duration > 0 ? duration : 0;
		const us = ms * 1000 + 0.5;
		if (!(duration < TOP_US / 1000)) refuse(duration);
		const bucket = us < TOP_US ? bucketOf(us) : BUCKETS - 1;
		if (bucket >= this.counts.length) this.grow(bucket);
		(this.counts[bucket] as number)++;
		if (++this.total === WIDEN_AT) this.widen();
		this.sum += ms;
		if (ms < this.least) this.least = ms;
		if (ms > this.most) this.most = ms;
	}

	/** How many were recorded. */
	get count(): number {
		return this.total;
	}
	/** Exact, in ms; null when nothing was recorded. */
	get min(): number | null {
		return this.total === 0 ? null : this.least;
	}
	get max(): number | null {
		return this.total === 0 ? null : this.most;
	}
	get mean(): number | null {
		return this.total === 0 ? null : this.sum / this.total;
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
		return this.total < needForQuantile(q) ? null : this.atRank(quantileRanks(this.total, q).at);
	}

	/** Distribution-free limits of a quantile in ms, each of which holds with 95 % confidence; null where there are too few records for it. */
	limits(q: number): { lo: number | null; hi: number | null } {
		if (this.total === 0) return { lo: null, hi: null };
		const { lo, hi } = quantileRanks(this.total, q);
		return { lo: lo === null ? null : this.atRank(lo), hi: hi === null ? null : this.atRank(hi) };
	}

	/** The duration that stands at a share in [0, 1) of the records, however few: for drawing from what was measured, not for saying what is. */
	at(share: number): number | null {
		return this.total === 0 ? null : this.atRank(Math.min(this.total, Math.floor(share * this.total) + 1));
	}

	/** Adds what the other has recorded. */
	merge(other: Histogram): void {
		if (other.counts.length > this.counts.length) this.grow(other.counts.length - 1);
		if (this.total + other.total >= WIDEN_AT) this.widen();
		for (let i = 0; i < other.counts.length; i++) (this.counts[i] as number) += other.counts[i] as number;
		this.total += other.total;
		this.sum += other.sum;
		this.least = Math.min(this.least, other.least);
		this.most = Math.max(this.most, other.most);
	}

	clear(): void {
		this.counts.fill(0);
		this.total = 0;
		this.sum = 0;
		this.least = Number.POSITIVE_INFINITY;
		this.most = 0;
	}

	/** Calls back for every bucket that is not empty, ascending. */
	each(visit: (bucket: number, count: number) => void): void {
		for (let i = 0; i < this.counts.length; i++) if (this.counts[i] !== 0) visit(i, this.counts[i] as number);
	}

	toJSON(): HistogramData {
		const counts: number[] = [];
		this.each((bucket, count) => counts.push(bucket, count));
		return { kind: 'histogram', subBuckets: SUB, counts, minMs: this.min ?? 0, maxMs: this.most, sumMs: this.sum };
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
			if (bucket >= made.counts.length) made.grow(bucket);
			(made.counts[bucket] as number) += count;
		}
		made.total = total;
		made.sum = data.sumMs;
		if (total > 0) {
			made.least = data.minMs;
			made.most = data.maxMs;
		}
		return made;
	}

	private atRank(rank: number): number {
		let below = 0;
		for (let i = 0; i < this.counts.length; i++) {
			below += this.counts[i] as number;
			if (below >= rank) return Math.min(this.most, Math.max(this.least, middleMs(i)));
		}
		return this.most;
	}

	/** Up to the end of the bucket's power of two, so that it happens seldom. */
	private grow(bucket: number): void {
		const longer = new (this.counts.constructor as Uint32ArrayConstructor)((Math.floor(bucket / SUB) + 1) * SUB);
		longer.set(this.counts);
		this.counts = longer;
	}

	private widen(): void {
		if (this.counts instanceof Uint32Array) this.counts = Float64Array.from(this.counts);
	}
}
