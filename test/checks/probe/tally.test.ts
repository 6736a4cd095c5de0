import test from 'ava';
import { Tally } from '../../../src/checks/probe/tally.js';
import type { Sample } from '../../../src/model/sample.js';
import { failed, PHASES, sample, TARGET } from './samples.js';

const told = (...samples: Sample[]) => {
	const tally = new Tally(TARGET);
	for (const each of samples) tally.add(each);
	return tally.result();
};

test('no percentile before there are samples for it, and how many it takes', (t) => {
	const many = (n: number) => told(...Array.from({ length: n }, (_, i) => sample(i + 1)));
	t.deepEqual(many(4).latencyMs, { min: 1, p50: null, p90: null, p99: null, max: 4 });
	t.deepEqual(many(4).needs, { p50: 5, p90: 29, p99: 299 });
	t.deepEqual(many(5).latencyMs, { min: 1, p50: 3, p90: null, p99: null, max: 5 });
	t.deepEqual(many(298).needs, { p99: 299 });
	const all = many(299);
	t.deepEqual([all.latencyMs.p90, all.latencyMs.p99, all.needs], [270, 297, {}]);
	t.deepEqual(told().latencyMs, { min: null, p50: null, p90: null, p99: null, max: null });
});

test('states', (t) => {
	for (const [samples, state] of [
		[[], 'unknown'],
		[[failed({ reason: 'local' })], 'unknown'],
		[[sample(1)], 'up'],
		[[sample(1), failed({ reason: 'local' })], 'up'],
		[[failed(), failed(), failed(), sample(1)], 'up'],
		[[sample(1), failed()], 'suspect'],
		[[sample(1), failed(), failed()], 'suspect'],
		[[sample(1), failed(), failed(), failed()], 'down'],
		[[failed()], 'down'],
		[[failed(), failed({ reason: 'local' }), failed()], 'down'],
		[[sample(1), sample(1, { verdict: 'warning', detail: 'the certificate ends in 3 days' })], 'warning'],
	] as const)
		t.is(told(...samples).state, state, JSON.stringify(samples.map((s) => s.reason ?? s.verdict)));
});

test('kept and new connections apart; new ones stand in where none was kept', (t) => {
	const mixed = told(sample(50, { fresh: true, phases: { ...PHASES, connect: 40 } }), sample(2), sample(4), failed({ fresh: true }));
	t.deepEqual([mixed.latencyOver, mixed.latencyMs.min, mixed.latencyMs.max], ['kept', 2, 4]);
	t.deepEqual([mixed.fresh.sent, mixed.fresh.ok, mixed.fresh.failed, mixed.fresh.latencyMs.max], [2, 1, 1, 50]);
	t.deepEqual(mixed.phasesMs, { dns: null, connect: 40, tls: null, firstByte: 1, transfer: 0 });
	const fresh = told(sample(50, { fresh: true }));
	t.deepEqual([fresh.latencyOver, fresh.latencyMs.max], ['fresh', 50]);
});

test('what our own loop has made is no latency; our own failures are no failures', (t) => {
	const result = told(sample(3), sample(5000, { uncertaintyMs: 4900 }), failed({ reason: 'local', detail: 'EMFILE' }));
	t.deepEqual([result.latencyMs.max, result.uncertain, result.uncertaintyMs], [3, 1, 0.1]);
	t.deepEqual([result.sent, result.ok, result.failed, result.local], [3, 2, 0, 1]);
	t.is(result.lastError, 'local: EMFILE');
});

test('secrets stay out, reasons are counted', (t) => {
	const result = told(failed(), failed({ reason: 'status', status: 503 }), failed());
	t.notRegex(JSON.stringify(result), /secret/);
	t.deepEqual(result.reasons, { refused: 2, status: 1 });
	t.is(told(failed({ reason: 'status', status: 503 })).lastError, 'status 503');
	t.deepEqual(result.bytes, { sent: 30, received: 60 });
});
