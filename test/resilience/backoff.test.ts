import test from 'ava';
import type { RetrySpec } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import { backoff, backoffMinimum } from '../../src/resilience/backoff.js';

const law = (jitter: RetrySpec['jitter'], baseMs = 100, maxMs = 1000) => ({ jitter, baseMs, maxMs });

test('none doubles exactly, up to the cap', (t) => {
	t.deepEqual(
		[1, 2, 3, 4, 5, 50].map((k) => backoff(law('none'), k, 0, 0.7)),
		[100, 200, 400, 800, 1000, 1000],
	);
});

test('full is U[0, d), equal is d/2 + U[0, d/2), at the ends and in the middle', (t) => {
	t.deepEqual(
		[0, 0.5, 1].map((draw) => backoff(law('full'), 3, 0, draw)),
		[0, 200, 400],
	);
	t.deepEqual(
		[0, 0.5, 1].map((draw) => backoff(law('equal'), 3, 0, draw)),
		[200, 300, 400],
	);
});

test('decorrelated is min(cap, U[base, 3 × previous)), from the base', (t) => {
	t.deepEqual(
		[0, 0.5, 1].map((draw) => backoff(law('decorrelated'), 1, 777, draw)),
		[100, 200, 300],
	);
	t.is(backoff(law('decorrelated'), 2, 300, 1), 900);
	t.is(backoff(law('decorrelated'), 3, 900, 1), 1000);
});

test('no law ever waits less than its minimum or more than the cap; base 0 waits for nothing', (t) => {
	const chance = rng(9).fork('laws');
	for (const jitter of ['none', 'full', 'equal', 'decorrelated'] as const) {
		let previous = 0;
		for (let k = 1; k < 200; k++) {
			previous = backoff(law(jitter), k, previous, chance.next());
			t.true(previous >= backoffMinimum(law(jitter), k) && previous <= 1000, `${jitter} ${k} ${previous}`);
		}
		t.is(backoff(law(jitter, 0), 4, 0, 0.9), 0);
	}
});

test('full jitter is uniform: one-sample Kolmogorov-Smirnov against the declared law', (t) => {
	const chance = rng(11).fork('ks');
	const draws = Array.from({ length: 400 }, () => backoff(law('full'), 2, 0, chance.next()) / 200).sort((a, b) => a - b);
	const d = Math.max(...draws.map((x, i) => Math.max(Math.abs(x - i / 400), Math.abs(x - (i + 1) / 400))));
	t.true(d < 1.63 / Math.sqrt(400), String(d));
});
