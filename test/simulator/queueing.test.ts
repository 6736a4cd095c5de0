import test from 'ava';
import type { PolicyName } from '../../src/model/plan.js';
import { simulate } from '../../src/simulator/simulate.js';
import { client } from '../resilience/spec.js';
import { entry, plan } from './stage.js';

/** Mean time in the system in units of mean service: Poisson arrivals, n servers with exponential service, at load λ. */
const meanStay = (policy: PolicyName, lambda: number, n: number, seed: number): number => {
	const serviceMs = 100;
	const p = plan({
		seed,
		replicas: n,
		serviceMs,
		client: client({ policy, retry: null, timeoutMs: null }),
		traffic: { rate: (lambda * n * 1000) / serviceMs, pacing: 'poisson', timeoutMs: 1_000_000, mix: [entry('GET')] },
		baselineMs: 5500,
		afterMs: 6000,
	});
	const { truths } = simulate(p, { servers: 1, service: 'exponential', netMs: 0 });
	// The first half fills the queues.
	const stays = [...truths[0]!.requests.values()].filter((r) => r.intendedMs > 6000).map((r) => r.endMs - r.intendedMs);
	return stays.reduce((sum, stay) => sum + stay, 0) / stays.length / serviceMs;
};

test('M/M/1 at λ = 0.5 by random choice: E[T] = 1 / (1 − λ) = 2', (t) => {
	const stay = meanStay('random', 0.5, 50, 12_345);
	t.true(Math.abs(stay - 2) < 0.15, String(stay));
});

test('the supermarket model at λ = 0.9 with two choices: E[T] = 2.6141', (t) => {
	const stay = meanStay('p2c', 0.9, 100, 12_345);
	t.true(Math.abs(stay - 2.6141) < 0.2, String(stay));
});

test('fewer waits, the more is known: random, then two choices, then the least of all', (t) => {
	const [one, two, all] = (['random', 'p2c', 'least-load'] as const).map((policy) => meanStay(policy, 0.8, 50, 5)) as [number, number, number];
	t.true(one > 1.5 * two && two > 1.2 * all, `${one} ${two} ${all}`);
});
