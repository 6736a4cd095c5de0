import { measurable } from '../../checks/probe/counts.js';
import { Histogram } from '../../model/histogram.js';
import type { Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import { hdrLine, hdrLogHeader } from '../../wire/hdr-log.js';
import type { ProbeReport, ReportTools } from './report.js';

/** Long enough to hold something at one question a second, short enough to see a change. */
const INTERVAL_MS = 10_000;

interface Interval {
	startMs: number;
	endMs: number;
	histogram: Histogram;
}

/**
 * HdrHistogram's interval log: for each endpoint a line every 10 s, as they end, of the latencies (µs) that count in
 * `latencyMs` and `fresh` of the document; those on new connections under a tag of their own.
 */
export const hdr = ({ startedAt, encode }: ReportTools): ProbeReport => {
	const open = new Map<string, Interval>();
	let begun = false;
	const begin = (): string => {
		if (begun) return '';
		begun = true;
		return hdrLogHeader(startedAt);
	};
	const told = (tag: string, { startMs, endMs, histogram }: Interval): string =>
		hdrLine({ tag, startMs, lengthMs: endMs - startMs, maxMs: histogram.max ?? 0, histogram: encode(histogram) });
	return {
		sample(target: Target, sample: Sample) {
			if (!measurable(sample)) return begin();
			const tag = sample.fresh ? `${target.name};fresh` : target.name;
			const at = Math.floor(sample.endMs / INTERVAL_MS) * INTERVAL_MS;
			const last = open.get(tag);
			const over = last !== undefined && last.startMs < at;
			const ended = over ? told(tag, last) : '';
			const own = last && !over ? last : { startMs: at, endMs: at, histogram: new Histogram() };
			open.set(tag, own);
			own.histogram.record(sample.endMs - sample.sentMs);
			own.endMs = Math.max(own.endMs, sample.endMs);
			return begin() + ended;
		},
		result: () => begin() + [...open].map(([tag, interval]) => told(tag, interval)).join(''),
	};
};
