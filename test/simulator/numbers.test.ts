import test from 'ava';
import { inServices, queues, run } from './scenes.js';
import { mm1Quantile, roundRobinRate, supermarket, twoChoicesQuantile } from './theory.js';

// The short form of test/long/simulator-numbers.test.ts: one seed, bands of a few per cent.

const near = (value: number | null, theory: number, band: number): boolean => value !== null && Math.abs(value / theory - 1) <= band;

test('M/M at λ = 0.7: random, round robin, two choices, the shortest queue', (t) => {
	const of = queues(0.7, 100, 900, 12_345);
	const [random, turns, two, shortest] = (['random', 'round-robin', 'p2c', 'least-load'] as const).map((policy) => run(of, policy));
	t.true(near(inServices(random!.meanMs), 1 / 0.3, 0.06), String(random!.meanMs));
	t.true(near(inServices(random!.p99Ms), mm1Quantile(0.7, 0.99), 0.12), String(random!.p99Ms));
	const rate = roundRobinRate(0.7, 100);
	t.true(near(inServices(turns!.meanMs), 1 / rate, 0.04), String(turns!.meanMs));
	t.true(near(inServices(turns!.p50Ms), Math.LN2 / rate, 0.04), String(turns!.p50Ms));
	t.true(near(inServices(two!.meanMs), supermarket(0.7, 2), 0.025), String(two!.meanMs));
	t.true(near(inServices(two!.p99Ms), twoChoicesQuantile(0.7, 0.99), 0.05), String(two!.p99Ms));
	t.true(near(inServices(shortest!.meanMs), 1, 0.02), 'somebody is always idle');
});

test('the closed forms themselves', (t) => {
	const known: [lambda: number, stay: number][] = [
		[0.5, 1.2657],
		[0.7, 1.6145],
		[0.8, 1.9474],
		[0.9, 2.6141],
		[0.95, 3.383],
		[0.99, 5.432],
	];
	for (const [lambda, stay] of known) t.true(Math.abs(supermarket(lambda, 2) - stay) < 6e-5, `${lambda}`);
	t.is(supermarket(0.75, 1), 4);
	t.true(Math.abs(roundRobinRate(0.7, 1) - 0.3) < 1e-6, 'a round of one is M/M/1');
});
