import { deflateSync } from 'node:zlib';
import type { Histogram } from '../model/histogram.js';
import { compressedHdrHeader, encodeHdrV2 } from '../wire/hdr-histogram.js';
import { type HdrLine, hdrLine } from '../wire/hdr-log.js';

export { hdrLogHeader } from '../wire/hdr-log.js';

/** A histogram as HdrHistogram's compressed V2 encoding in base64; values are µs. */
export const hdrBase64 = (histogram: Histogram): string => {
	const deflated = deflateSync(encodeHdrV2(histogram));
	return Buffer.concat([compressedHdrHeader(deflated.length), deflated]).toString('base64');
};

export interface HdrInterval extends Omit<HdrLine, 'maxMs' | 'histogram'> {
	histogram: Histogram;
}

/** One interval as a line of the log; Interval_Max is in ms. */
export const hdrLogLine = ({ histogram, ...rest }: HdrInterval): string => hdrLine({ ...rest, maxMs: histogram.max ?? 0, histogram: hdrBase64(histogram) });
