import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { leastReportedLoad } from '../../src/policies/least-reported-load.js';
import { candidates, picks } from './table.js';

const load = (utilization: number) => ({ qps: 1, eps: 0, utilization, inFlight: 0, latencyMs: null });

test('the least by its own word, per weight', (t) => {
	const policy = leastReportedLoad();
	for (const [index, utilization] of [0.9, 0.4, 0.6].entries()) policy.reported?.(index, load(utilization), 0);
	t.is(picks(policy, candidates(1, 1, 1), 5, rng(1)), 'bbbbb', 'until somebody reports again');
	t.is(picks(policy, candidates(3, 1, 1), 1, rng(1)), 'a', '0.9 / 3');
});

test('silence counts as the mean of the others, and so do reports that are too old', (t) => {
	const policy = leastReportedLoad(1000);
	policy.reported?.(0, load(0.2), 0);
	policy.reported?.(1, load(0.8), 500);
	t.is(picks(policy, candidates(1, 1, 1), 1, rng(1), 500), 'a');
	policy.reported?.(2, load(0.6), 1400);
	t.is(picks(policy, candidates(1, 1, 1), 1, rng(1), 1400), 'c', 'a is forgotten and counts 0.7');
});
