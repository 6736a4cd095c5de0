import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { pacer } from '../../src/workload/pacer.js';

const times = (due: (n: number) => number, count: number): number[] => Array.from({ length: count }, (_, n) => due(n));

for (const [rate, expected] of [
	[200, [0, 5, 10, 15]],
	[1, [0, 1000, 2000, 3000]],
	[0.5, [0, 2000, 4000, 6000]],
	[4000, [0, 0.25, 0.5, 0.75]],
] as const) {
	test(`constant: ${rate}/s is due at ${expected.join(', ')} ms`, (t) => {
		t.deepEqual(times(pacer({ rate, pacing: 'constant' }, rng(1)), 4), [...expected]);
	});
}

test('constant: no error adds up over a long run', (t) => {
	t.is(pacer({ rate: 300, pacing: 'constant' }, rng(1))(300 * 3600), 3_600_000);
});

test('poisson: the mean rate is kept, gaps are exponential (a share of 1 - 1/e is below the mean)', (t) => {
	const n = 20_000;
	const due = times(pacer({ rate: 500, pacing: 'poisson' }, rng(7)), n);
	const gaps = due.map((at, i) => at - (due[i - 1] ?? 0));
	t.true(gaps.every((gap) => gap >= 0));
	t.true(Math.abs(due[n - 1]! / n - 2) < 0.06, `mean gap ${due[n - 1]! / n} ms, expected 2 ms ± 4 standard errors`);
	const below = gaps.filter((gap) => gap < 2).length / n;
	t.true(Math.abs(below - (1 - 1 / Math.E)) < 0.015, `${below} of the gaps are below the mean`);
});

test('poisson: a time depends on seed and ordinal, not on the order of asking', (t) => {
	const forwards = times(pacer({ rate: 100, pacing: 'poisson' }, rng(3)), 50);
	const due = pacer({ rate: 100, pacing: 'poisson' }, rng(3));
	for (const n of [49, 0, 17, 17, 16, 48]) t.is(due(n), forwards[n]!);
	t.notDeepEqual(times(pacer({ rate: 100, pacing: 'poisson' }, rng(4)), 50), forwards);
});
