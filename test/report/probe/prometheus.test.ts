import test from 'ava';
import { PLAIN } from '../../../src/report/index.js';
import { prometheus } from '../../../src/report/probe/prometheus.js';
import { exposed } from '../exposed.js';
import { DOWN, HOSTILE, NEVER, result, UP } from './results.fixture.js';

const tell = (...args: Parameters<typeof result>) => exposed(prometheus.result(result(...args), { style: PLAIN, width: 100 }));

test('what there is to say of each endpoint, in base units', (t) => {
	const read = tell(UP, DOWN, NEVER);
	const of = (name: string, labels: Record<string, string> = {}) =>
		read
			.filter((each) => each.name === `daruma_probe_${name}` && Object.entries(labels).every(([key, text]) => each.labels[key] === text))
			.map(({ value }) => value);
	const up = { endpoint: 'http://127.0.0.1:1/up' };
	t.deepEqual(of('success'), [1, 0, 0]);
	t.deepEqual(of('state', up), [1, 0, 0, 0, 0]);
	t.deepEqual(of('questions', { ...up, outcome: 'ok' }), [31]);
	t.deepEqual(of('failures', { reason: 'refused' }), [2]);
	t.deepEqual(of('latency_seconds', { ...up, connection: 'kept' }), [0.001, 0.015, 0.027, 0.03], 'min, p50, p90, max; of 30 there is no p99');
	t.deepEqual(of('latency_seconds', { ...up, connection: 'fresh' }), [0.009, 0.009]);
	t.deepEqual(of('certificate_remaining_seconds'), [40 * 86_400, 40 * 86_400]);
	t.deepEqual(of('check', { ...up, expect: 'p99 < 250ms' }), [0, 0, 1]);
	t.deepEqual(of('verdict', { verdict: 'fail' }), [1]);
	t.deepEqual(of('paused_seconds'), [0]);
	t.is(of('latency_seconds', { endpoint: 'http://127.0.0.1:1/never' }).length, 0, 'not seen is absent, and never 0');
});

test('names as promtool wants them, whatever the endpoint is called, also when something is asked twice', (t) => {
	const check = { expect: 'body == "a\\b"', verdict: 'pass' as const, why: '' };
	const evil = { ...HOSTILE, endpoint: 'exec:"} 1\n\\', checks: [check, check] };
	const read = tell(evil, UP);
	t.true(read.some(({ labels }) => labels.endpoint === evil.endpoint));
	t.is(read.filter(({ labels }) => labels.expect === check.expect).length, 3);
	for (const { name } of read) t.regex(name, /^daruma_probe_[a-z_]+$/);
	for (const { name } of read) t.notRegex(name, /(_total|_ms|_milliseconds|_days|_bucket|_count|_sum)$/);
});
