import test from 'ava';
import { binomialCdf, needForQuantile, quantileRanks } from '../../src/model/order-statistics.js';

test('support: 5 for the median, 29 for p90, 299 for p99, 2995 for p99.9', (t) => {
	t.deepEqual([0.5, 0.9, 0.99, 0.999].map(needForQuantile), [5, 29, 299, 2995]);
	for (const q of [0.5, 0.9, 0.99, 0.999]) {
		const need = needForQuantile(q);
		t.is(quantileRanks(need, q).hi, need, `p${q}: the largest sample is the limit`);
		t.is(quantileRanks(need - 1, q).hi, null);
	}
});

test('the limits are the narrowest ranks that hold with 95 %', (t) => {
	for (const n of [1, 5, 12, 100, 299, 1000, 3001]) {
		for (const q of [0.1, 0.5, 0.9, 0.99]) {
			const { at, lo, hi } = quantileRanks(n, q);
			t.true(at >= 1 && at <= n && at >= n * q - 1e-6 && at < n * q + 1, `${n} ${q}`);
			if (hi !== null) t.true(binomialCdf(hi - 1, n, q) >= 0.95 && (hi === at || binomialCdf(hi - 2, n, q) < 0.95), `${n} ${q} hi ${hi}`);
			if (lo !== null) t.true(binomialCdf(lo - 1, n, q) <= 0.05 && binomialCdf(lo, n, q) > 0.05, `${n} ${q} lo ${lo}`);
		}
	}
});

test('where the normal stands in for the binomial, it is never narrower, and wider by at most 3 ranks', (t) => {
	for (const [n, q] of [
		[10_100, 0.5],
		[40_000, 0.9],
		[300_000, 0.99],
	] as const) {
		const { lo, hi } = quantileRanks(n, q);
		t.true(binomialCdf(hi! - 1, n, q) >= 0.95 && binomialCdf(hi! - 5, n, q) < 0.95, `${n} ${q} hi`);
		t.true(binomialCdf(lo! - 1, n, q) <= 0.05 && binomialCdf(lo! + 3, n, q) > 0.05, `${n} ${q} lo`);
	}
});
