import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { leastResponseTime } from '../../src/policies/least-response-time.js';
import { peakEwma } from '../../src/policies/peak-ewma.js';
import { candidates, picks } from './table.js';

test('one slow answer is believed at once; the mean would not have moved', (t) => {
	const from = candidates(1, 1);
	const [peak, mean] = [peakEwma(), leastResponseTime()];
	for (const policy of [peak, mean]) {
		for (let now = 0; now < 100; now++) {
			policy.done?.(0, { ok: true, latencyMs: 10, now });
			policy.done?.(1, { ok: true, latencyMs: 11, now });
		}
		policy.done?.(0, { ok: true, latencyMs: 500, now: 100 });
	}
	t.is(picks(peak, from, 1, rng(1), 100), 'b');
	t.is(picks(mean, from, 1, rng(1), 100), 'a', '10 + 490 × (1 − e^(−0.0001)) = 10.05');
});
