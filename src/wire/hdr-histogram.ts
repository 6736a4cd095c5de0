import { bucketEdges, type Histogram } from '../model/histogram.js';

/** Two significant digits: 256 sub-buckets, of which ours are every second one. */
const DIGITS = 2;
const HALF = 128;
const TOP_US = 2 ** 32 - 1;
/** V2's cookie with a word size of one byte, and that of its compressed form. */
const COOKIE = 0x1c849313;
const COMPRESSED_COOKIE = 0x1c849314;
const HEADER_BYTES = 40;

/** HdrHistogram's place of a value in µs: the value itself below 256, then 128 places for each power of two. */
const placeOf = (us: number): number => {
	const power = Math.max(0, 24 - Math.clz32(us));
	return power * HALF + Math.floor(us / 2 ** power);
};

/** ZigZag LEB128-64b9B: seven bits a byte, the lowest first; the ninth byte would carry eight, but 2^53 ends before it. */
const putVarint = (out: number[], value: number): void => {
	let rest = value >= 0 ? value * 2 : -value * 2 - 1;
	for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
	out.push(rest);
};

/**
 * A histogram in HdrHistogram's V2 encoding (values in µs, 2 significant digits, big-endian), uncompressed.
 *
 * Each of our buckets becomes the lower of the two HDR places it spans: an HDR percentile, which is a place's highest
 * value, is then our bucket's middle. Reading the places back into our buckets gives the same histogram.
 */
export const encodeHdrV2 = (histogram: Histogram): Uint8Array => {
	const payload: number[] = [];
	let next = 0;
	histogram.each((bucket, count) => {
		const place = placeOf(bucketEdges(bucket).lowUs);
		// A negative number is a run of so many zeros.
		if (place > next) putVarint(payload, next - place);
		putVarint(payload, count);
		next = place + 1;
	});
	const bytes = new Uint8Array(HEADER_BYTES + payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, COOKIE);
	view.setUint32(4, payload.length);
	view.setUint32(8, 0); // normalizing index offset
	view.setUint32(12, DIGITS);
	view.setBigUint64(16, 1n); // lowest discernible value
	view.setBigUint64(24, BigInt(TOP_US));
	view.setFloat64(32, 1); // integer to double conversion ratio
	bytes.set(payload, HEADER_BYTES);
	return bytes;
};

/** What stands before the deflated V2 encoding in its compressed form: cookie and length. */
export const compressedHdrHeader = (length: number): Uint8Array => {
	const bytes = new Uint8Array(8);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, COMPRESSED_COOKIE);
	view.setUint32(4, length);
	return bytes;
};
