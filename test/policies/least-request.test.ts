import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { leastRequest } from '../../src/policies/least-request.js';
import { candidates, picks } from './table.js';

const count = (drawn: string, name: string): number => drawn.split(name).length - 1;

test('equal weights: two choices by outstanding requests, whatever the common weight', (t) => {
	const policy = leastRequest();
	for (let i = 0; i < 5; i++) policy.sent?.(0, 0);
	for (let seed = 0; seed < 100; seed++) t.is(policy.pick(candidates(3, 3), rng(seed), 0), 1);
});

test('unequal weights: weight / (outstanding + 1)^bias, so the busy get less and are never drained', (t) => {
	const share = (bias: number, outstanding: number): number => {
		const policy = leastRequest(bias);
		for (let i = 0; i < outstanding; i++) policy.sent?.(0, 0);
		return count(picks(policy, candidates(2, 1), 1200, rng(1)), 'a') / 1200;
	};
	t.true(Math.abs(share(1, 0) - 2 / 3) < 0.01);
	t.true(Math.abs(share(1, 3) - 0.5 / 1.5) < 0.01, '2/4 against 1');
	t.true(Math.abs(share(2, 3) - 0.125 / 1.125) < 0.01, '2/16 against 1');
	t.true(Math.abs(share(0, 3) - 2 / 3) < 0.01, 'bias 0 is plain weighted round robin');
});
