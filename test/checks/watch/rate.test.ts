import test from 'ava';
import { Rate } from '../../../src/checks/watch/rate.js';

test('per second, over the last minute, or as long as it has run', (t) => {
	const rate = new Rate(500);
	t.is(rate.of(500), 0);
	for (let ms = 500; ms < 10_500; ms += 100) rate.add(1, ms);
	t.is(rate.of(10_500), 10);
	for (let ms = 10_500; ms < 300_500; ms += 100) rate.add(2, ms);
	t.true(Math.abs(rate.of(300_500) - 20) < 0.5, String(rate.of(300_500)));
	// A minute later nothing is left.
	t.is(rate.of(361_000), 0);
	t.is(rate.of(10_000_000), 0);
});
