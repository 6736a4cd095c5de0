import test from 'ava';
import hdr from 'hdr-histogram-js';
import { bucketEdges, Histogram } from '../../src/model/histogram.js';
import { rng } from '../../src/model/rng.js';
import { hdrBase64, hdrLogHeader, hdrLogLine } from '../../src/platform/hdr-log.js';

const wide = (n: number, seed: number): Histogram => {
	const chance = rng(seed);
	const made = new Histogram();
	for (let i = 0; i < n; i++) made.record(10 ** (chance.next() * 9 - 3) * 0.9);
	return made;
};

test('hdr-histogram-js reads the V2 encoding back: every count at its place, and the same quantiles', (t) => {
	const histogram = wide(30_000, 7);
	const text = hdrBase64(histogram);
	t.true(text.startsWith('HISTFAAA'), 'the compressed V2 cookie');
	const read = hdr.decodeFromCompressedBase64(text) as hdr.JsHistogram;
	t.is(read.totalCount, 30_000);
	let buckets = 0;
	histogram.each((bucket, count) => {
		buckets += 1;
		t.is(read.getCountAtIndex(read.countsArrayIndex(bucketEdges(bucket).lowUs)), count);
	});
	t.true(buckets > 1000, 'many buckets were in use');
	for (const q of [0.5, 0.9, 0.99, 0.999]) {
		const ours = histogram.quantile(q)! * 1000;
		t.true(Math.abs(read.getValueAtPercentile(q * 100) - ours) <= 1, `p${q * 100} to a µs`);
	}
	t.true(Math.abs(read.mean / (histogram.mean! * 1000) - 1) < 0.008);
	t.true(Math.abs(read.maxValue / (histogram.max! * 1000) - 1) < 0.016);
});

test('the WebAssembly build reads it too, and an empty histogram is one', async (t) => {
	await hdr.initWebAssembly();
	const read = hdr.decodeFromCompressedBase64(hdrBase64(wide(500, 8)), 32, true);
	t.is(read.totalCount, 500);
	read.destroy();
	t.is(hdr.decodeFromCompressedBase64(hdrBase64(new Histogram())).totalCount, 0);
});

test('counts beyond 32 bits', (t) => {
	const many = wide(3, 9);
	for (let i = 0; i < 33; i++) many.merge(many);
	t.is(hdr.decodeFromCompressedBase64(hdrBase64(many), 64).totalCount, 3 * 2 ** 33);
});

test('an interval log: times, tags, and what a tag may not hold', (t) => {
	const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
	const log =
		hdrLogHeader(startedAt, 'two\nlines') +
		hdrLogLine({ tag: 'http://a:1/x,y z', startMs: 0, lengthMs: 1000, histogram: wide(10, 1) }) +
		hdrLogLine({ startMs: 1000, lengthMs: 500.5, histogram: wide(20, 2) });
	t.true(log.startsWith('#[two lines]\n#[Histogram log format version 1.3]\n'));
	t.deepEqual(hdr.listTags(log), ['NO TAG', 'http://a:1/x%2Cy%20z']);
	const reader = new hdr.HistogramLogReader(log);
	const one = reader.nextIntervalHistogram()!;
	t.deepEqual([one.totalCount, one.startTimeStampMsec, one.endTimeStampMsec], [10, startedAt, startedAt + 1000]);
	const two = reader.nextIntervalHistogram()!;
	t.is(two.totalCount, 20);
	t.true(Math.abs(two.endTimeStampMsec - startedAt - 1500.5) < 1);
	t.is(reader.nextIntervalHistogram(), null);
	const max = Number(log.split('\n').at(-2)!.split(',')[2]);
	t.is(max, Number(wide(20, 2).max!.toFixed(3)));
});
