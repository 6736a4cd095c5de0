import test from 'ava';
import { Reporter } from '../../src/simulator/reporter.js';

test('utilization is the busy share of its slots, rates are per second', (t) => {
	const reporter = new Reporter(10);
	reporter.serves(4, 0);
	for (let now = 0; now <= 10_000; now += 20) reporter.answer(now % 100 !== 0, 0, 20, now);
	const { utilization, qps, eps, inFlight } = reporter.report(7, 10_000, false);
	t.true(Math.abs(utilization - 0.4) < 0.001);
	t.true(Math.abs(qps - 50) < 1, String(qps));
	t.true(Math.abs(eps - 10) < 1, String(eps));
	t.is(inFlight, 7);
});

test('what stops is forgotten; a new process knows nothing', (t) => {
	const reporter = new Reporter(Number.POSITIVE_INFINITY);
	reporter.serves(50, 0);
	t.true(Math.abs(reporter.report(0, 20_000, false).utilization - 0.5) < 1e-6, 'of 100 slots');
	reporter.serves(0, 20_000);
	t.true(reporter.report(0, 30_000, false).utilization < 1e-4);
	reporter.answer(true, 0, 9, 30_000);
	t.is(reporter.report(0, 30_000, true).latencyMs, 9);
	reporter.reset(30_000);
	t.deepEqual(reporter.report(0, 30_000, true), { utilization: 0, qps: 0, eps: 0, inFlight: 0, latencyMs: null });
});

test('latency is that of answers which had met about as many, in proportion', (t) => {
	const reporter = new Reporter(1);
	for (let i = 0; i < 32; i++) reporter.answer(true, i < 16 ? 0 : 9, i < 16 ? 10 : 100, i);
	t.is(reporter.report(0, 40, true).latencyMs, 10);
	t.is(reporter.report(9, 40, true).latencyMs, 100);
	t.is(reporter.report(19, 40, true).latencyMs, 200);
});
