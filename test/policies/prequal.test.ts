import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { prequal } from '../../src/policies/prequal.js';
import { candidates } from './table.js';

const answer = (inFlight: number, latencyMs: number) => ({ qps: 1, eps: 0, utilization: 0.5, inFlight, latencyMs });

test('three distinct nodes are probed per call, or all if there are fewer', (t) => {
	for (let seed = 0; seed < 50; seed++) {
		const asked = prequal().probes?.(candidates(1, 1, 1, 1, 1), rng(seed), 0) ?? [];
		t.is(new Set(asked).size, 3);
		t.true(asked.every((index) => index >= 0 && index < 5));
	}
	t.deepEqual([...(prequal().probes?.(candidates(1, 1), rng(1), 0) ?? [])].sort(), [0, 1]);
});

test('the cold node of least latency; requests in flight decide only among the hot', (t) => {
	const policy = prequal({ hotQuantile: 0.5, uses: 100 });
	policy.reported?.(0, answer(2, 50), 0);
	policy.reported?.(1, answer(2, 20), 0);
	policy.reported?.(2, answer(9, 1), 0);
	t.is(policy.pick(candidates(1, 1, 1), rng(1), 0), 1, 'c is hot, b is faster than a');
	const hot = prequal({ hotQuantile: 0, uses: 100 });
	for (let i = 0; i < 200; i++) hot.reported?.(3, answer(0, 1), 0);
	hot.reported?.(0, answer(5, 1), 0);
	hot.reported?.(1, answer(3, 90), 0);
	t.is(hot.pick(candidates(1, 1, 1), rng(1), 0), 1, 'all of those offered are hot: the fewest in flight');
});

test('too few answers, or too old ones: chance', (t) => {
	const policy = prequal();
	policy.reported?.(0, answer(0, 1), 0);
	policy.reported?.(1, answer(5, 50), 0);
	const taken = new Set(Array.from({ length: 60 }, (_, seed) => policy.pick(candidates(1, 1, 1), rng(seed), 1000)));
	t.is(taken.size, 3);
});

test('an answer is used up: its node is not taken for ever', (t) => {
	const policy = prequal({ uses: 2, hotQuantile: 0.9 });
	for (const [index, ms] of [1, 5, 6, 7, 8].entries()) policy.reported?.(index, answer(1, ms), 0);
	const all = candidates(1, 1, 1, 1, 1);
	const taken = [0, 1, 2].map(() => policy.pick(all, rng(1), 0));
	t.true(taken.filter((index) => index === 0).length <= 2, String(taken));
	t.true(taken.some((index) => index !== 0));
});
