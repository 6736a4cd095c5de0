import test from 'ava';
import { BUCKETS, bucketEdges, Histogram } from '../../src/model/histogram.js';
import { compressedHdrHeader, encodeHdrV2 } from '../../src/wire/hdr-histogram.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('the header: cookie, length, offset, digits, lowest, highest, ratio', (t) => {
	t.is(
		hex(encodeHdrV2(new Histogram())),
		['1c849313', '00000000', '00000000', '00000002', '0000000000000001', '00000000ffffffff', '3ff0000000000000'].join(''),
	);
	t.is(hex(compressedHdrHeader(300)), '1c8493140000012c');
});

test('the payload: zig-zag LEB128 counts, runs of zeros as negative numbers', (t) => {
	const histogram = new Histogram();
	const payload = (): string => hex(encodeHdrV2(histogram).subarray(40));
	histogram.record(0.003);
	// Three zeros (-3 is 5), then 1 (2).
	t.is(payload(), '0502');
	for (let i = 0; i < 99; i++) histogram.record(0.003);
	// 100 is 200: c8 01.
	t.is(payload(), '05c801');
	histogram.record(0.004);
	t.is(payload(), '05c80102', 'no run between neighbours');
});

test('each bucket has a place of its own, in order', (t) => {
	const counts: number[] = [];
	for (let bucket = 0; bucket < BUCKETS; bucket++) counts.push(bucket, 1);
	const full = Histogram.from({ kind: 'histogram', subBuckets: 64, counts, minMs: 0, maxMs: 1, sumMs: 1 });
	const payload = encodeHdrV2(full).subarray(40);
	// 128 single values lie side by side; from there on, one empty place (-1 is 1) stands before each but the first.
	t.is(payload.length, BUCKETS + (BUCKETS - 129));
	t.is(bucketEdges(BUCKETS - 1).lowUs, 127 * 2 ** 25);
});
