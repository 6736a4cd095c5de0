import test from 'ava';
import { ewma, peakEwma, pendingLoad } from '../../src/policies/load.js';

const ok = (latencyMs: number, now: number) => ({ ok: true, latencyMs, now });

test('pending counts what was sent and has not ended', (t) => {
	const load = pendingLoad();
	load.sent(1, 0);
	load.sent(1, 0);
	load.done(1, ok(1, 1));
	t.deepEqual([load.of(0, 1), load.of(1, 1)], [0, 1]);
	load.done(1, ok(1, 1));
	load.done(1, ok(1, 1));
	t.is(load.of(1, 1), 0, 'never below nothing');
});

test('peak EWMA: a peak replaces the cost, less is averaged in with weight 1 − e^(−Δt/τ)', (t) => {
	const load = peakEwma(10_000);
	load.sent(0, 0);
	load.done(0, ok(100, 0));
	t.is(load.of(0, 0), 100);
	load.sent(0, 5000);
	load.done(0, ok(20, 5000));
	const w = Math.exp(-0.5);
	const cost = 100 * w + 20 * (1 - w);
	t.true(Math.abs(load.of(0, 5000) - cost) < 1e-9);
	t.true(Math.abs(load.of(0, 15_000) - cost * Math.exp(-1)) < 1e-9, 'reading decays');
	load.sent(0, 5000);
	load.done(0, ok(500, 5000));
	t.is(load.of(0, 5000), 500, 'a peak at once');
	load.sent(0, 5000);
	t.is(load.of(0, 5000), 1000, 'times outstanding + 1');
});

test('EWMA: every latency is averaged in, a peak too', (t) => {
	const load = ewma(10_000);
	load.done(0, ok(100, 0));
	load.done(0, ok(500, 5000));
	const w = Math.exp(-0.5);
	t.true(Math.abs(load.of(0, 5000) - (100 * w + 500 * (1 - w))) < 1e-9);
	load.sent(0, 5000);
	t.true(Math.abs(load.of(0, 5000) - 2 * (100 * w + 500 * (1 - w))) < 1e-9, 'times outstanding + 1');
});

test('a node without history is free, until something is outstanding there', (t) => {
	const load = peakEwma();
	load.sent(1, 0);
	load.done(1, ok(5, 5));
	t.is(load.of(0, 5), 0);
	load.sent(0, 5);
	t.true(load.of(0, 5) > 1e9);
});

test('failing fast is not fast: a failure costs twice the cheapest other node', (t) => {
	const load = peakEwma();
	load.done(0, ok(50, 0));
	load.done(1, { ok: false, latencyMs: 0.2, now: 0 });
	t.is(load.of(1, 0), 100);
});
