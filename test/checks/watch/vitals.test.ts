import test from 'ava';
import { FAILED, LOCAL } from '../../../src/checks/watch/recent.js';
import { LATENCY_BUCKETS, Vitals } from '../../../src/checks/watch/vitals.js';
import { answer } from './bookkeeping.js';

test('a percentile is given where there are enough answers, and follows what is new', (t) => {
	const vitals = new Vitals(0);
	for (let i = 1; i <= 298; i++) vitals.add(answer(i, 10));
	t.deepEqual(vitals.percentile(0.99), { needs: 299 });
	t.true('ms' in vitals.percentile(0.5));
	vitals.add(answer(299, 10));
	t.true('ms' in vitals.percentile(0.99));
	// After two windows nothing of the old ones is left.
	for (let i = 0; i < 1200; i++) vitals.add(answer(300 + i, 100));
	const { ms } = vitals.percentile(0.5) as { ms: number };
	t.true(Math.abs(ms - 100) < 2, String(ms));
	const whole = vitals.result('n1', 'http', { state: 'up', why: 'it answers' });
	t.is(whole.latencyMs.min, 10);
	t.is(whole.sent, 1499);
});

test('what failed, and what was our own doing, is counted apart and has no latency', (t) => {
	const vitals = new Vitals(0);
	vitals.add(answer(1, 5));
	vitals.add(answer(2, 500, { verdict: 'failed', reason: 'refused', detail: 'nobody there' }));
	vitals.add(answer(3, 500, { verdict: 'failed', reason: 'local' }));
	vitals.add(answer(4, 7, { verdict: 'warning', reason: 'tls-expired' }));
	t.deepEqual([vitals.sent, vitals.ok, vitals.failures, vitals.local, vitals.warnings], [4, 1, 1, 1, 1]);
	t.deepEqual(vitals.recent.latest(9), [5, FAILED, LOCAL, 7]);
	t.deepEqual(vitals.failedBy, { refused: 1 });
	t.is(vitals.lastMs, 7);
	t.deepEqual(vitals.bytes, { sent: 400, received: 800 });
	const result = vitals.result('n1', 'http', { state: 'up', why: '' });
	t.deepEqual(result.reasons, { refused: 1, local: 1, 'tls-expired': 1 });
	t.is(result.latencyMs.max, 7);
});

test('answers over new connections are told apart, and stand in where there are no others', (t) => {
	const vitals = new Vitals(0);
	for (let i = 0; i < 5; i++) vitals.add(answer(i, 50, { fresh: true }));
	t.is(vitals.result('n', 'tcp', { state: 'up', why: '' }).latencyOver, 'fresh');
	for (let i = 0; i < 5; i++) vitals.add(answer(i, 1));
	const result = vitals.result('n', 'tcp', { state: 'up', why: '' });
	t.deepEqual([result.latencyOver, result.latencyMs.max, result.fresh.latencyMs.max], ['kept', 1, 50]);
});

test('buckets count each good answer once, limits included', (t) => {
	const vitals = new Vitals(0);
	for (const ms of [0, 0.5, 0.6, 1, 30_000, 30_001]) vitals.add(answer(1, ms));
	t.is(vitals.buckets[0], 2);
	t.is(vitals.buckets[1], 2);
	t.is(vitals.buckets[LATENCY_BUCKETS.indexOf(30)], 1);
	t.is(vitals.buckets[LATENCY_BUCKETS.length], 1);
	t.is(
		vitals.buckets.reduce((a, b) => a + b, 0),
		6,
	);
});

test('a change of state is one, and is dated', (t) => {
	const vitals = new Vitals(0);
	t.true(vitals.change('up', 10, '2026-01-01T00:00:00Z'));
	t.false(vitals.change('up', 20, '2026-01-01T00:00:01Z'));
	t.true(vitals.change('down', 30, '2026-01-01T00:00:02Z'));
	t.deepEqual([vitals.changes, vitals.changedMs, vitals.changedAt], [2, 30, '2026-01-01T00:00:02Z']);
	t.is(vitals.uptime.share(40), 20 / 30);
});
