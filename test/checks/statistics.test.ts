import test from 'ava';
import { binomialCdf, chiSquareTail, logGamma, needForQuantile, needForZero, quantile, shareInterval, upperOfZero } from '../../src/checks/statistics.js';

const near = (a: number, b: number, by = 1e-4): boolean => Math.abs(a - b) <= by;

test('never in n: 8 → 31 %, 30 → 9.5 %, 100 → 3 %, 299 → 1 %, 2995 → 0.1 %', (t) => {
	t.true(near(upperOfZero(8), 0.3123));
	t.true(near(upperOfZero(30), 0.095, 1e-3));
	t.true(near(upperOfZero(100), 0.0295));
	t.true(upperOfZero(299) <= 0.01 && upperOfZero(298) > 0.01);
	t.true(upperOfZero(2995) <= 0.001 && upperOfZero(2994) > 0.001);
	t.is(upperOfZero(0), 1);
	t.deepEqual([needForZero(0.05), needForZero(0.01), needForZero(0.001), needForZero(0)], [59, 299, 2995, Number.POSITIVE_INFINITY]);
});

test("Wilson's interval of 8 in 10 and 95 in 100; exact one-sided limits at both ends", (t) => {
	const eight = shareInterval(8, 10);
	t.true(near(eight.lo, 0.4902) && near(eight.hi, 0.9433));
	const many = shareInterval(95, 100);
	t.true(near(many.lo, 0.8882) && near(many.hi, 0.9785));
	t.true(near(shareInterval(2012, 2012).lo, 0.99851, 1e-5));
	t.is(shareInterval(2012, 2012).hi, 1);
	t.deepEqual(shareInterval(0, 8), { lo: 0, hi: upperOfZero(8) });
	t.deepEqual(shareInterval(0, 0), { lo: 0, hi: 1 });
});

test('binomial and gamma agree with exact sums', (t) => {
	t.true(near(logGamma(10), Math.log(362_880), 1e-10));
	t.true(near(binomialCdf(0, 299, 0.01), 0.99 ** 299, 1e-12));
	t.true(near(binomialCdf(5, 10, 0.5), 638 / 1024, 1e-12));
	t.true(near(binomialCdf(298, 299, 0.99), 1 - 0.99 ** 299, 1e-12));
	t.deepEqual([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5)], [0, 1]);
});

test('p99 has an upper limit from 299 samples on, the median from 5', (t) => {
	const ramp = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
	t.is(quantile(ramp(298), 0.99)?.hi, null);
	t.is(quantile(ramp(299), 0.99)?.hi, 299);
	t.is(quantile(ramp(4), 0.5)?.hi, null);
	t.is(quantile(ramp(5), 0.5)?.hi, 5);
	t.is(quantile(ramp(5), 0.5)?.lo, 1);
	t.is(quantile([], 0.5), null);
	t.deepEqual([needForQuantile(0.99), needForQuantile(0.5)], [299, 5]);
	const hundred = quantile(ramp(100), 0.5)!;
	t.is(hundred.value, 50);
	// Known one-sided 95 % limits of the median of 100: the 42nd and the 59th.
	t.deepEqual([hundred.lo, hundred.hi], [42, 59]);
});

test('χ² tail: 5 % and 0.1 % points of the tables', (t) => {
	t.true(near(chiSquareTail(3.841, 1), 0.05));
	t.true(near(chiSquareTail(5.991, 2), 0.05));
	t.true(near(chiSquareTail(13.816, 2), 0.001, 1e-6));
	t.true(near(chiSquareTail(18.307, 10), 0.05));
	t.is(chiSquareTail(0, 3), 1);
	t.is(chiSquareTail(5, 0), 1);
});
