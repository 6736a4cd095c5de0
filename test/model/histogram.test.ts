import test from 'ava';
import { BUCKETS, bucketEdges, Histogram } from '../../src/model/histogram.js';
import { rng } from '../../src/model/rng.js';

const lognormal = (n: number, seed: number, sigma = 1.5): number[] => {
	const chance = rng(seed);
	const gauss = (): number => Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());
	return Array.from({ length: n }, () => 2 * Math.exp(sigma * gauss()));
};
const filled = (values: readonly number[]): Histogram => {
	const made = new Histogram();
	for (const value of values) made.record(value);
	return made;
};

test('the buckets join without a gap from 0 to 2^32 µs, and are at most 1/64 of their value wide', (t) => {
	let next = 0;
	for (let bucket = 0; bucket < BUCKETS; bucket++) {
		const { lowUs, widthUs } = bucketEdges(bucket);
		t.is(lowUs, next);
		t.true(widthUs === 1 || widthUs * 64 <= lowUs);
		next = lowUs + widthUs;
	}
	t.is(next, 2 ** 32);
});

test('every value is found again in its bucket, both edges of each power of two included', (t) => {
	for (let power = 0; power < 32; power++) {
		for (const us of [2 ** power - 1, 2 ** power, 2 ** power + 1, 2 ** power * 1.7]) {
			if (us > 2 ** 32 - 2) continue;
			const one = filled([us / 1000]);
			one.each((bucket, count) => {
				const { lowUs, widthUs } = bucketEdges(bucket);
				const rounded = Math.round(us);
				t.true(lowUs <= rounded && rounded < lowUs + widthUs && count === 1, `${us} in ${lowUs} + ${widthUs}`);
			});
		}
	}
});

test('quantiles are within 0.8 % (and half a µs) of the sorted sample, min, max and mean exact', (t) => {
	const values = lognormal(20_000, 1);
	const sorted = values.toSorted((a, b) => a - b);
	const histogram = filled(values);
	for (const q of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
		const exact = sorted[Math.ceil(q * sorted.length - 1e-9) - 1]!;
		const found = histogram.quantile(q)!;
		t.true(Math.abs(found - exact) <= exact * 0.008 + 0.0005, `p${q * 100}: ${found} for ${exact}`);
	}
	t.is(histogram.min, sorted[0]!);
	t.is(histogram.max, sorted.at(-1)!);
	t.true(Math.abs(histogram.mean! - values.reduce((sum, value) => sum + value) / values.length) < 1e-9);
	t.is(histogram.count, 20_000);
});

test('a quantile is null below the count that supports it', (t) => {
	const ramp = Array.from({ length: 2995 }, (_, i) => i + 1);
	for (const [q, need] of [
		[0.5, 5],
		[0.9, 29],
		[0.99, 299],
		[0.999, 2995],
	] as const) {
		t.is(filled(ramp.slice(0, need - 1)).quantile(q), null, `p${q * 100} of ${need - 1}`);
		t.not(filled(ramp.slice(0, need)).quantile(q), null, `p${q * 100} of ${need}`);
	}
	const hundred = filled(ramp.slice(0, 100).map((us) => us / 1000));
	// The 42nd and the 59th are the one-sided 95 % limits of the median of 100.
	t.deepEqual(hundred.limits(0.5), { lo: 0.042, hi: 0.059 });
	t.is(hundred.limits(0.99).hi, null);
	t.deepEqual(new Histogram().limits(0.5), { lo: null, hi: null });
});

test('one record is its own minimum, maximum, mean and every share', (t) => {
	const one = filled([12.3456]);
	t.deepEqual([one.min, one.max, one.mean, one.at(0), one.at(0.999)], [12.3456, 12.3456, 12.3456, 12.3456, 12.3456]);
	const none = new Histogram();
	t.deepEqual([none.min, none.max, none.mean, none.at(0.5), none.count], [null, null, null, null, 0]);
});

test('merging is adding: in any order, the same as recording all', (t) => {
	const [a, b] = [lognormal(3000, 2), lognormal(500, 3, 3)];
	const both = filled([...a, ...b]);
	for (const [one, other] of [
		[a, b],
		[b, a],
	] as const) {
		const merged = filled(one);
		merged.merge(filled(other));
		const { sumMs, ...rest } = merged.toJSON();
		const { sumMs: expected, ...all } = both.toJSON();
		t.deepEqual(rest, all);
		t.true(Math.abs(sumMs - expected) < 1e-6 * expected);
	}
	const same = filled(a);
	same.merge(new Histogram());
	t.deepEqual(same.toJSON(), filled(a).toJSON());
});

test('memory: grows with the longest value, at most 5.4 KB for 60 s and 6.9 KB ever', (t) => {
	const bytes = (ms: number): number => filled([ms]).bytes;
	t.deepEqual([bytes(0.05), bytes(1000), bytes(60_000), bytes(3_600_000), bytes(1e12)], [512, 3840, 5376, 6912, 6912]);
});

test('what is out of range: below 0 is 0, beyond 71 minutes is the last bucket, no number is an error', (t) => {
	const odd = filled([-5, 0, 1e9, 0.0002]);
	t.deepEqual([odd.count, odd.min, odd.max], [4, 0, 1e9]);
	t.deepEqual(odd.toJSON().counts, [0, 3, BUCKETS - 1, 1]);
	for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) t.throws(() => odd.record(wrong), { instanceOf: RangeError });
	t.is(odd.count, 4, 'and nothing was counted');
});

test('counts beyond 2^32 do not overflow', (t) => {
	const many = filled([1, 1, 1, 5000]);
	for (let i = 0; i < 33; i++) many.merge(many);
	many.record(1);
	t.is(many.count, 2 ** 35 + 1);
	const found: number[] = [];
	many.each((_, count) => found.push(count));
	t.deepEqual(found, [3 * 2 ** 33 + 1, 2 ** 33]);
	const again = Histogram.from(JSON.parse(JSON.stringify(many)));
	again.record(60_000);
	t.is(again.count, 2 ** 35 + 2);
	t.is(again.at(0.7), many.at(0.7));
});

test('through JSON and back; foreign shapes are refused', (t) => {
	const histogram = filled(lognormal(1000, 4));
	const again = Histogram.from(JSON.parse(JSON.stringify(histogram)));
	t.deepEqual(again.toJSON(), histogram.toJSON());
	t.deepEqual(Histogram.from(new Histogram().toJSON()).min, null);
	const data = histogram.toJSON();
	t.throws(() => Histogram.from({ ...data, subBuckets: 32 }), { message: /32 sub-buckets/ });
	for (const counts of [
		[BUCKETS, 1],
		[-1, 1],
		[1.5, 1],
		[3, -1],
		[3, Number.NaN],
	])
		t.throws(() => Histogram.from({ ...data, counts }), { instanceOf: RangeError });
	histogram.clear();
	t.deepEqual(histogram.toJSON(), new Histogram().toJSON());
});
