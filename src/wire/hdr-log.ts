/** One line of HdrHistogram's interval log, its histogram encoded already. `startMs` counts from the log's start. */
export interface HdrLine {
	/** The endpoint; what a tag may not hold (commas, blanks, control characters) is percent-encoded. */
	tag?: string;
	startMs: number;
	lengthMs: number;
	maxMs: number;
	/** Compressed V2 encoding in base64. */
	histogram: string;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);
const utf8 = new TextEncoder();
/** Each UTF-8 byte of what ends a field or a line. */
const tagOf = (text: string): string =>
	text.replace(/[\p{C}\p{Z}\s,%"#]/gu, (found) => utf8.encode(found).reduce((sum, byte) => `${sum}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, ''));

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
export const hdrLine = ({ tag, startMs, lengthMs, maxMs, histogram }: HdrLine): string =>
	`${tag === undefined ? '' : `Tag=${tagOf(tag)},`}${seconds(startMs)},${seconds(lengthMs)},${maxMs.toFixed(3)},${histogram}\n`;
