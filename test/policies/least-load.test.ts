import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { leastLoad } from '../../src/policies/least-load.js';
import { candidates, picks } from './table.js';

test('fewest outstanding per weight', (t) => {
	const policy = leastLoad();
	const from = candidates(2, 1, 1);
	for (const index of [0, 1, 2]) policy.sent?.(index, 0);
	t.is(picks(policy, from, 1, rng(1)), 'a', '1/2 < 1/1');
	policy.sent?.(0, 0);
	policy.sent?.(0, 0);
	policy.done?.(2, { ok: true, latencyMs: 1, now: 1 });
	t.is(picks(policy, from, 1, rng(1)), 'c');
});

test('ties are broken at random and evenly', (t) => {
	const drawn = picks(leastLoad(), candidates(1, 1, 1), 3000, rng(4).fork('ties'));
	for (const name of 'abc') t.true(Math.abs(drawn.split(name).length - 1 - 1000) < 90, name);
});
