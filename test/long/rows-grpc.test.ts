import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RequestEvent } from '../../src/model/event.js';
import { readHistory } from '../../src/platform/history-reader.js';
import { have, template, type Verified, value, verdict, verifyFile } from './rows.js';

/** Faults of this length, in ms. */
const FOR_MS = 6000;

/** One row with a library or a gateway as its subject; the mix is half idempotent, as in the study. */
const row = (t: ExecutionContext, subject: object, kind: string, protocol: 'grpc' | 'http', expect: object = { availability: '>= 99%' }): Promise<Verified> =>
	verifyFile(t, {
		version: 1,
		cluster: { replicas: 3, builtin: { [protocol]: { serviceMs: 50 } } },
		subject,
		traffic: { rate: '200/s', timeout: '5s' },
		experiments: [{ name: kind, fault: { kind, target: 'n2', for: `${FOR_MS}ms` }, baseline: '2s', after: '4s', expect }],
	});

const failures = async ({ dir, run }: Verified): Promise<RequestEvent[]> => {
	const events = await readHistory(join(dir, '.daruma/runs', run.run.split('/').at(-1) as string, 'history.ndjson'));
	return events.filter((event): event is RequestEvent => event.kind === 'request' && event.outcome === 'failed');
};

const retry = { attempts: 4, baseMs: 100, maxMs: 1000, multiplier: 2, statuses: ['UNAVAILABLE'] };

test('g1: grpc-js, round robin, kill: only calls in flight fail, with UNAVAILABLE', async (t) => {
	const verified = await row(t, { grpcJs: {} }, 'kill', 'grpc');
	const { experiment } = verified;
	t.true(value(experiment, 'availability') > 0.9);
	t.true(value(experiment, 'errorWindowMs') < FOR_MS / 2, 'the dead node loses its traffic at once');
	for (const { grpcStatus, error, id } of await failures(verified)) t.deepEqual([grpcStatus, error], [14, 'UNAVAILABLE'], id);
	t.not(verdict(experiment, 'nonIdempotentDoubleExecuted'), 'fail');
});

test('g2: with a retry policy, kill: no client sees an error', async (t) => {
	const verified = await row(t, { grpcJs: { retry } }, 'kill', 'grpc');
	t.deepEqual(
		(await failures(verified)).map(({ grpcStatus }) => grpcStatus).filter((code) => code === 14),
		[],
	);
	t.true(value(verified.experiment, 'availability') > 0.99);
});

test('g4: with a retry policy and keepalive, freeze: every client is happy, and what the frozen node held is executed twice', async (t) => {
	const subject = { grpcJs: { retry, keepalive: { timeMs: 1000, timeoutMs: 500 } } };
	const { code, experiment } = await row(t, subject, 'freeze', 'grpc', { availability: '>= 95%', nonIdempotentReplayed: 0 });
	t.true(value(experiment, 'availability') > 0.95);
	t.true(value(experiment, 'nonIdempotentDoubleExecuted') > 5);
	t.is(verdict(experiment, 'nonIdempotentReplayed'), 'fail');
	t.is(verdict(experiment, 'nonIdempotentDoubleExecuted'), 'fail');
	t.is(code, 1);
});

test('g6: no retry, a node answers UNAVAILABLE: it is never taken out', async (t) => {
	const verified = await row(t, { grpcJs: {} }, 'error', 'grpc');
	const { experiment } = verified;
	if (experiment.notes.some((note) => note.includes('could not be read by the taps'))) {
		t.log('skipped: taps do not read HTTP/2 here, so a tap cannot answer in its stead');
		t.pass();
		return;
	}
	const availability = value(experiment, 'availability');
	t.true(availability > 0.5 && availability < 0.85, `availability ${availability}`);
	t.true(value(experiment, 'errorWindowMs') > FOR_MS * 0.8, 'to the end');
	for (const { grpcStatus, id } of await failures(verified)) t.is(grpcStatus, 14, id);
});

test('u1: undici BalancedPool, kill: a few requests are refused to the very end', async (t) => {
	const verified = await row(t, { undici: {} }, 'kill', 'http');
	const { experiment } = verified;
	const availability = value(experiment, 'availability');
	t.true(availability > 0.9 && availability < 1, `availability ${availability}`);
	t.true((await failures(verified)).some(({ error }) => error === 'ECONNREFUSED'));
	t.true(value(experiment, 'errorWindowMs') > FOR_MS / 2, 'its weight never falls to zero');
	t.is(value(experiment, 'doubleExecuted'), 0);
});

test('u2: with RetryAgent, kill: whatever still fails is a POST', async (t) => {
	const verified = await row(t, { undici: { retry: {} } }, 'kill', 'http');
	t.true(value(verified.experiment, 'availability') > 0.9);
	for (const { method, id } of await failures(verified)) t.is(method, 'POST', id);
	t.is(value(verified.experiment, 'nonIdempotentDoubleExecuted'), 0);
});

for (const [program, file] of [
	['nginx', 'nginx-grpc.conf'],
	['haproxy', 'haproxy-grpc.cfg'],
] as const) {
	test(`gRPC through ${program}, kill: the others carry on`, async (t) => {
		if (!have(t, program)) return;
		const verified = await row(t, { [program]: template(file) }, 'kill', 'grpc', { availability: '>= 1%' });
		t.true(value(verified.experiment, 'availability') > 0.5);
		const failed = await failures(verified);
		t.false(failed.some(({ error }) => error === 'protocol'));
	});
}
