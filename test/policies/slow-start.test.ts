import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { rampShare, slowStart } from '../../src/policies/slow-start.js';
import { weightedEdf } from '../../src/policies/weighted-edf.js';
import { candidates, picks } from './table.js';

const SPEC = { windowMs: 10_000, aggression: 1, minShare: 0.1 };

test('the ramp: max(min, (t / window)^(1 / aggression)), then 1', (t) => {
	t.is(rampShare(SPEC, 0), 0.1);
	t.is(rampShare(SPEC, 5000), 0.5);
	t.is(rampShare(SPEC, 10_000), 1);
	t.is(rampShare({ ...SPEC, aggression: 2 }, 2500), 0.5);
	t.is(rampShare({ ...SPEC, minShare: 0.6 }, 5000), 0.6);
});

test('nothing ramps at first; a node that comes back begins with a part and ends with all', (t) => {
	const policy = slowStart(weightedEdf(), SPEC);
	const share = (now: number): number => picks(policy, candidates(1, 1), 600, rng(1), now).split('a').length - 1;
	t.true(Math.abs(share(0) - 300) <= 2);
	policy.returned?.(0, 1000);
	t.true(Math.abs(share(1000) - 600 / 11) <= 4, '0.1 : 1');
	t.true(Math.abs(share(6000) - 200) <= 4, '0.5 : 1');
	t.true(Math.abs(share(11_000) - 300) <= 4);
});
