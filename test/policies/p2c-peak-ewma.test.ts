import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { p2cPeakEwma } from '../../src/policies/p2c-peak-ewma.js';
import { candidates } from './table.js';

test('of any two the faster; the slowest of all is never taken, the fastest not always', (t) => {
	const policy = p2cPeakEwma();
	for (const [index, latencyMs] of [100, 20, 10].entries()) policy.done?.(index, { ok: true, latencyMs, now: 0 });
	const taken = new Set(Array.from({ length: 200 }, (_, seed) => policy.pick(candidates(1, 1, 1), rng(seed), 0)));
	t.deepEqual([...taken].sort(), [1, 2]);
});

test('outstanding requests multiply the cost', (t) => {
	const policy = p2cPeakEwma();
	for (const [index, latencyMs] of [25, 10].entries()) policy.done?.(index, { ok: true, latencyMs, now: 0 });
	for (let i = 0; i < 2; i++) policy.sent?.(1, 0);
	for (let seed = 0; seed < 20; seed++) t.is(policy.pick(candidates(1, 1), rng(seed), 0), 0, '25 < 10 × 3');
});
