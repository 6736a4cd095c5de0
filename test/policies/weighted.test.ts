import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { weighted } from '../../src/policies/weighted.js';
import { candidates, picks } from './table.js';

test('weights 5,1,1 give a a b a c a a, again and again, as nginx', (t) => {
	t.is(picks(weighted(), candidates(5, 1, 1), 14, rng(1)), 'aabacaaaabacaa');
});

test('weights 3,2,1 and 1,1,1', (t) => {
	t.is(picks(weighted(), candidates(3, 2, 1), 6, rng(1)), 'abacba');
	t.is(picks(weighted(), candidates(1, 1, 1), 6, rng(1)), 'abcabc');
});

test('a failure takes the whole effective weight (max_fails 1), and each pick gives one back', (t) => {
	const policy = weighted();
	const from = candidates(5, 1, 1);
	t.is(picks(policy, from, 7, rng(1)), 'aabacaa');
	policy.done?.(0, { ok: false, latencyMs: 1, now: 1 });
	// By hand from ngx_http_upstream_get_peer, current weights 0,0,0 and effective weight of a 0, 1, 2, 3, 4, 5, 5.
	t.is(picks(policy, from, 7, rng(1)), 'bcaabaa');
	t.is(picks(policy, from, 700, rng(1)).split('a').length - 1, 500, 'its share is whole again');
});

test('with max_fails 5 a failure takes a fifth; successes take nothing', (t) => {
	const policy = weighted(5);
	const from = candidates(5, 1);
	t.is(picks(policy, from, 6, rng(1)), 'aaabaa');
	policy.done?.(0, { ok: true, latencyMs: 1, now: 1 });
	t.is(picks(policy, from, 6, rng(1)), 'aaabaa');
	for (let i = 0; i < 10; i++) policy.done?.(0, { ok: false, latencyMs: 1, now: 1 });
	t.is(picks(policy, from, 1, rng(1)), 'b', 'never below nothing');
});
