import test from 'ava';
import reader from 'hdr-histogram-js';
import { parseTarget } from '../../../src/model/target.js';
import { hdrBase64 } from '../../../src/platform/hdr-log.js';
import { PLAIN } from '../../../src/report/index.js';
import { PROBE_REPORTS } from '../../../src/report/probe/index.js';
import { failed, result, sample } from './results.fixture.js';

const STARTED = Date.UTC(2026, 0, 2, 3, 4, 5);
const open = () => PROBE_REPORTS.hdr!({ startedAt: STARTED, encode: hdrBase64 });
const OPTIONS = { style: PLAIN, width: 100 };

test('hdr-histogram-js reads it back: by endpoint, new connections apart, a line per interval', async (t) => {
	const hdr = await open();
	const a = parseTarget('http://h:1/a,b c');
	const b = parseTarget('http://h:1/b');
	let log = hdr.sample!(a, sample(9, { fresh: true }));
	// Two intervals: up to 10 s, and after it.
	for (let i = 0; i < 100; i++) log += hdr.sample!(a, { ...sample(5), sentMs: i * 150, endMs: i * 150 + 5 + i });
	log +=
		hdr.sample!(b, failed()) + hdr.sample!(b, failed({ reason: 'local' })) + hdr.sample!(b, sample(400, { uncertaintyMs: 300 })) + hdr.sample!(b, sample(7));
	log += hdr.result(result(), OPTIONS);

	t.true(log.startsWith('#['));
	t.is(log.match(/Histogram log format version 1\.3/g)?.length, 1);
	t.deepEqual([...reader.listTags(log)].sort(), ['http://h:1/a%2Cb%20c', 'http://h:1/a%2Cb%20c;fresh', 'http://h:1/b']);
	const read = new reader.HistogramLogReader(log);
	const seen: Record<string, { count: number; from: number; to: number; max: number }[]> = {};
	for (let next = read.nextIntervalHistogram(); next; next = read.nextIntervalHistogram()) {
		const own = { count: next.totalCount, from: next.startTimeStampMsec - STARTED, to: next.endTimeStampMsec - STARTED, max: next.maxValue };
		seen[next.tag] = [...(seen[next.tag] ?? []), own];
	}
	const kept = seen['http://h:1/a%2Cb%20c']!;
	t.deepEqual([kept.length, kept.reduce((sum, { count }) => sum + count, 0), kept[0]?.from, kept[1]?.from], [2, 100, 0, 10_000]);
	t.true(kept[0]!.to <= 10_000 && Math.abs(kept[1]!.to - (99 * 150 + 104)) <= 1);
	t.true(Math.abs(kept[1]!.max / 104_000 - 1) < 0.016, 'µs');
	t.deepEqual([seen['http://h:1/a%2Cb%20c;fresh']?.[0]?.count, seen['http://h:1/b']?.[0]?.count], [1, 1], 'only good answers that we did not spoil');
});

test('a probe without a good answer is a log without intervals', async (t) => {
	const hdr = await open();
	t.is(new reader.HistogramLogReader(hdr.result(result(), OPTIONS)).nextIntervalHistogram(), null);
});
