import { deflateSync } from 'node:zlib';
import type { Histogram } from '../model/histogram.js';
import { compressedHdrHeader, encodeHdrV2 } from '../wire/hdr-histogram.js';

/** A histogram as HdrHistogram's compressed V2 encoding in base64; values are µs. */
export const hdrBase64 = (histogram: Histogram): string => {
	const deflated = deflateSync(encodeHdrV2(histogram));
	return Buffer.concat([compressedHdrHeader(deflated.length), deflated]).toString('base64');
};

/** One line of an interval log. `startMs` counts from the log's start. */
export interface HdrInterval {
	/** The endpoint; what a tag may not hold (commas, blanks, control characters) is percent-encoded. */
	tag?: string;
	startMs: number;
	lengthMs: number;
	histogram: Histogram;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);
/** Each UTF-8 byte of what ends a field or a line. */
const tagOf = (text: string): string =>
	text.replace(/[\p{C}\p{Z}\s,%"#]/gu, (found) => Buffer.from(found).reduce((sum, byte) => `${sum}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, ''));

/** An interval log's first lines (version 1.3). `startedAt`: wall clock, ms since 1970, at the log's start. */
export const hdrLogHeader = (startedAt: number, comment = 'latency in microseconds, written by daruma'): string =>
	[
		`#[${comment.replaceAll(/\s+/g, ' ')}]`,
		'#[Histogram log format version 1.3]',
		`#[StartTime: ${seconds(startedAt)} (seconds since epoch), ${new Date(startedAt).toISOString()}]`,
		`#[BaseTime: ${seconds(startedAt)} (seconds since epoch)]`,
		'"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
		'',
	].join('\n');

/** One interval as a line of the log; Interval_Max is in ms. */
export const hdrLogLine = ({ tag, startMs, lengthMs, histogram }: HdrInterval): string =>
	`${tag === undefined ? '' : `Tag=${tagOf(tag)},`}${seconds(startMs)},${seconds(lengthMs)},${(histogram.max ?? 0).toFixed(3)},${hdrBase64(histogram)}\n`;
