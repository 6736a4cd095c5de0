import test from 'ava';
import { have, value, verdict, verify } from './rows.js';

test('h1: no check, kill: a third of the requests fails after 3 s of retries on the same dead server, for ever', async (t) => {
	if (!have(t, 'haproxy')) return;
	const { code, experiment } = await verify(t, {
		subject: 'haproxy',
		config: 'haproxy-no-check.cfg',
		fault: 'kill',
		rate: 300,
		forS: 12,
		afterS: 5,
		expect: { availability: '>= 99%' },
	});
	const availability = value(experiment, 'availability');
	t.true(availability > 0.6 && availability < 0.85, `availability ${availability}`);
	t.is(verdict(experiment, 'availability'), 'fail');
	t.true(value(experiment, 'p99Ms') > 2500);
	t.is(code, 1);
});

test('h3b: check and redispatch 1, kill: only requests in flight fail', async (t) => {
	if (!have(t, 'haproxy')) return;
	const { experiment } = await verify(t, {
		subject: 'haproxy',
		config: 'haproxy-redispatch.cfg',
		fault: 'kill',
		rate: 300,
		forS: 12,
		afterS: 8,
		expect: { availability: '>= 99%', nonIdempotentReplayed: 0 },
	});
	t.not(verdict(experiment, 'availability'), 'fail');
	t.is(value(experiment, 'nonIdempotentReplayed'), 0);
	t.true(value(experiment, 'errorWindowMs') < 2000, 'invisible to clients but for those in flight');
});

test('h4: retry-on all-retryable-errors, reset: every client is happy, and POSTs are delivered twice for as long as it lasts', async (t) => {
	if (!have(t, 'haproxy')) return;
	const { code, experiment } = await verify(t, {
		subject: 'haproxy',
		config: 'haproxy-retry-all.cfg',
		fault: 'reset',
		rate: 300,
		forS: 12,
		afterS: 4,
		expect: { availability: '>= 99%', nonIdempotentReplayed: 0, amplification: '<= 1.1' },
	});
	t.is(value(experiment, 'availability'), 1);
	t.true(value(experiment, 'nonIdempotentReplayed') > 100);
	t.is(value(experiment, 'nonIdempotentDoubleExecuted'), 0);
	t.is(verdict(experiment, 'nonIdempotentReplayed'), 'fail');
	// Round robin hands retries out too: r = (1 + r) / 3, so 1.5 tries a request.
	const amplification = value(experiment, 'amplification');
	t.true(amplification > 1.3 && amplification < 1.7, `amplification ${amplification}`);
	t.is(verdict(experiment, 'amplification'), 'fail');
	t.is(code, 1);
});
