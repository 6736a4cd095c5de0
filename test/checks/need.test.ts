import test from 'ava';
import { moreRequests } from '../../src/checks/need.js';
import { shareInterval } from '../../src/checks/statistics.js';
import { METRICS } from '../../src/model/metrics.js';
import type { Measure } from '../../src/model/run.js';
import { expect } from './history.js';

const ask = (text: string, measure: Partial<Measure>): string | undefined => {
	const { metric, bound } = expect(text);
	return moreRequests(
		{ value: 1, lo: null, hi: null, exposure: 100, kind: 'rate', observedBy: 'client', evidence: [], ...measure },
		bound,
		METRICS.find((m) => m.name === metric)!,
	);
};

test('so many more of the same would decide a share', (t) => {
	t.is(ask('availability >= 99%', { value: 1, exposure: 200 }), 'needs 99 more requests');
	const told = Number(/\d+/.exec(ask('availability >= 95%', { value: 0.97, exposure: 100 })!)![0]);
	const enough = (n: number): boolean => shareInterval(Math.round(0.97 * n), n).lo >= 0.95;
	t.true(enough(100 + told) && !enough(100));
});

test('a value at its bound is never decided', (t) => {
	t.is(ask('availability >= 99%', { value: 0.99, exposure: 1000 }), 'more requests will not decide it: the value is at the bound');
	t.is(ask('p99 <= 250ms', { value: 250, lo: 240, hi: 260 }), 'more requests will not decide it: the value is at the bound');
});

test('quantiles need their minimum, then about the square of the ratio; counts and times are not a matter of requests', (t) => {
	t.is(ask('p99 <= 250ms', { value: 60, hi: null, exposure: 100 }), 'needs 199 more requests');
	t.is(ask('p50 <= 250ms', { value: 240, lo: 235, hi: 260, exposure: 100 }), 'needs 300 more requests');
	t.is(ask('missedRetry == 0', { value: 0 }), undefined);
	t.is(ask('timeToDetect <= 1s', { kind: 'time', value: 1 }), undefined);
});
