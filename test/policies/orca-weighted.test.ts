import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { orcaWeight, orcaWeighted } from '../../src/policies/orca-weighted.js';
import type { LoadReport } from '../../src/policies/policy.js';
import { candidates, picks } from './table.js';

const report = (qps: number, utilization: number, eps = 0): LoadReport => ({ qps, eps, utilization, inFlight: 0, latencyMs: null });
const count = (drawn: string, name: string): number => drawn.split(name).length - 1;

test('weight = qps / (utilization + eps/qps · penalty)', (t) => {
	t.is(orcaWeight(report(100, 0.5)), 200);
	t.is(orcaWeight(report(100, 0.5, 50)), 100);
	t.is(orcaWeight(report(100, 0.5, 50), 0), 200);
	t.is(orcaWeight(report(100, 0)), 0, 'no weight');
	t.is(orcaWeight(report(0, 0.5)), 0);
});

const shares = (policy: ReturnType<typeof orcaWeighted>, n: number, now: number): number[] => {
	const drawn = picks(policy, candidates(...new Array<number>(n).fill(1)), 900, rng(2), now);
	return [...'abcd'.slice(0, n)].map((name) => count(drawn, name) / 900);
};
const near = (a: readonly number[], b: readonly number[]): boolean => a.every((each, i) => Math.abs(each - (b[i] as number)) < 0.01);

test('round robin in the blackout, then by capacity, then round robin again when reports have expired', (t) => {
	const policy = orcaWeighted();
	for (let now = 0; now <= 10_000; now += 1000) {
		policy.reported?.(0, report(100, 0.25), now);
		policy.reported?.(1, report(100, 0.5), now);
	}
	t.true(near(shares(policy, 2, 9_999), [1 / 2, 1 / 2]), 'blackout');
	t.true(near(shares(policy, 2, 11_000), [2 / 3, 1 / 3]));
	t.true(near(shares(policy, 2, 189_900), [2 / 3, 1 / 3]));
	t.true(near(shares(policy, 2, 191_000), [1 / 2, 1 / 2]), 'expired 180 s after the last one');
	policy.reported?.(0, report(100, 0.25), 191_000);
	policy.reported?.(1, report(100, 0.5), 191_000);
	t.true(near(shares(policy, 2, 195_000), [1 / 2, 1 / 2]), 'a blackout of its own');
});

test('a node that reports nothing has the mean of the others; one report alone is not used', (t) => {
	const policy = orcaWeighted({ blackoutMs: 0 });
	policy.reported?.(0, report(100, 0.25), 0);
	t.true(near(shares(policy, 3, 0), [1 / 3, 1 / 3, 1 / 3]));
	policy.reported?.(1, report(100, 0.5), 1500);
	t.true(near(shares(policy, 3, 1500), [400 / 900, 200 / 900, 300 / 900]));
	policy.reported?.(1, report(0, 0), 3000);
	t.true(near(shares(policy, 3, 3000), [400 / 900, 200 / 900, 300 / 900]), 'an empty report changes nothing');
});

test('new weights count from the next update on', (t) => {
	const policy = orcaWeighted({ blackoutMs: 0 });
	for (const index of [0, 1]) policy.reported?.(index, report(100, 0.5), 0);
	t.true(near(shares(policy, 2, 0), [0.5, 0.5]));
	policy.reported?.(0, report(300, 0.5), 10);
	t.true(near(shares(policy, 2, 999), [0.5, 0.5]));
	t.true(near(shares(policy, 2, 1000), [0.75, 0.25]));
});
