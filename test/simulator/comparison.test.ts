import test from 'ava';
import { compare } from '../../src/simulator/comparison.js';
import { LINKERD, scene } from './scenes.js';

test('best first, with its figures as the reason', (t) => {
	const found = compare({ ...LINKERD, durationMs: 40_000 }, ['round-robin', 'p2c-peak-ewma', 'p2c']);
	t.deepEqual(
		found.map(({ policy, rank }) => [rank, policy]),
		[
			[1, 'p2c-peak-ewma'],
			[2, 'p2c'],
			[3, 'round-robin'],
		],
	);
	t.regex(found[0]!.why, /points more than by round-robin; it sent the disturbed only 0\.\d+ % \(chance: 9\.1 %\)/);
	t.regex(found[1]!.why, /points fewer succeed than by p2c-peak-ewma/);
	t.regex(found[2]!.why, /full share/);
});

test('equal success: the p99 decides; equal p99: nothing does', (t) => {
	const queue = scene({ replicas: 10, rate: 400, servers: 1, pacing: 'poisson', service: { kind: 'exponential', meanMs: 20 } });
	const found = compare(queue, ['random', 'least-load']);
	t.is(found[0]!.policy, 'least-load');
	t.regex(found[0]!.why, /all succeed alike; its p99 is the lowest, .* by random/);
	t.regex(found[1]!.why, /at \d\.\d × its p99/);
	const idle = compare(scene(), ['random', 'round-robin']);
	t.regex(idle[0]!.why, /all policies do the same here/);
	t.is(idle[1]!.why, `as good as ${idle[0]!.policy}`);
});

test('several runs: medians and the spread around them', (t) => {
	const of = scene({ replicas: 5, rate: 200, servers: 1, pacing: 'poisson', service: { kind: 'exponential', meanMs: 20 } });
	const [five] = compare(of, ['random'], 5);
	const means = [0, 1, 2, 3, 4].map((i) => compare({ ...of, seed: of.seed + i }, ['random'])[0]!.meanMs).sort((a, b) => a - b);
	t.is(five!.meanMs, means[2]!);
	t.deepEqual(five!.spread.meanMs, [means[0]!, means[4]!]);
});
