import test from 'ava';
import { have, value, verdict, verify } from './rows.js';

// The bold facts of a study of real proxies (one fault event a row), reproduced through the command line. Counts and
// structure are asserted; figures with the tolerance of a shared machine.

test('n1: nginx default, kill: only POSTs in flight fail, none is replayed, and the node is back at the next re-probe', async (t) => {
	if (!have(t, 'nginx')) return;
	const { code, experiment } = await verify(t, {
		subject: 'nginx',
		config: 'default',
		fault: 'kill',
		rate: 300,
		posts: 0.8,
		forS: 12,
		afterS: 14,
		expect: { availability: '>= 99%', nonIdempotentReplayed: 0 },
	});
	t.is(verdict(experiment, 'nonIdempotentReplayed'), 'pass');
	// A machine too busy for 300/s has more in flight at the kill, and may leave the share undecided.
	t.not(verdict(experiment, 'availability'), 'fail');
	t.true(code === 0 || code === 3);
	t.is(value(experiment, 'nonIdempotentReplayed'), 0);
	t.true(value(experiment, 'errorWindowMs') < 2000, 'only requests in flight fail');
	t.true(value(experiment, 'timeToDetectMs') < 1000, 'the dead node loses its traffic at once');
	t.true(value(experiment, 'failbackMs') <= 13_000, 'back within one fail_timeout and its request');
});

test('n3: + non_idempotent, reset: every client is happy and POSTs are received twice', async (t) => {
	if (!have(t, 'nginx')) return;
	const { code, experiment } = await verify(t, {
		subject: 'nginx',
		config: 'nginx-non-idempotent.conf',
		fault: 'reset',
		rate: 300,
		posts: 0.8,
		forS: 12,
		afterS: 4,
		expect: { availability: '>= 99%', nonIdempotentReplayed: 0 },
	});
	t.is(value(experiment, 'availability'), 1);
	t.true(value(experiment, 'nonIdempotentReplayed') > 0);
	t.is(value(experiment, 'nonIdempotentDoubleExecuted'), 0, 'the RST came before the work');
	t.is(verdict(experiment, 'nonIdempotentReplayed'), 'fail');
	t.is(code, 1);
});

test('n4: default with 768 connections, freeze, 500/s: hanging requests eat the connection table and the node is never taken out', async (t) => {
	if (!have(t, 'nginx')) return;
	const { code, experiment } = await verify(t, {
		subject: 'nginx',
		config: 'default',
		fault: 'freeze',
		rate: 500,
		forS: 20,
		afterS: 6,
		expect: { availability: '>= 99%', timeToDetect: '<= 10s' },
	});
	const availability = value(experiment, 'availability');
	t.true(availability > 0.2 && availability < 0.55, `availability ${availability}`);
	// On a machine that cannot carry 500/s undisturbed, the share alone is no proof; the node that is never taken out is.
	t.not(verdict(experiment, 'availability'), 'pass');
	t.is(verdict(experiment, 'timeToDetect'), 'fail', 'a frozen node is never taken out: a client abort is no failure for max_fails');
	t.is(experiment.metrics.timeToDetectMs?.hi, null);
	t.is(code, 1);
});

test('n8: 1 s timeouts, freeze: POSTs in the frozen socket get 504 and are not replayed, yet executed later: ghosts', async (t) => {
	if (!have(t, 'nginx')) return;
	const { experiment } = await verify(t, {
		subject: 'nginx',
		config: 'nginx-short-timeouts.conf',
		fault: 'freeze',
		rate: 300,
		forS: 12,
		afterS: 6,
		expect: { nonIdempotentReplayed: 0, ghost: 0, timeToDetect: '<= 3s' },
	});
	t.is(verdict(experiment, 'nonIdempotentReplayed'), 'pass');
	t.true(value(experiment, 'ghost') > 0);
	t.is(verdict(experiment, 'ghost'), 'fail');
	t.true(value(experiment, 'replayed') > 0, 'GETs are replayed');
	t.true(value(experiment, 'timeToDetectMs') >= 500 && value(experiment, 'timeToDetectMs') < 3000);
});

test('n8b: n8 + non_idempotent: 100 % success, POSTs executed twice: it fails, unasked, with request ids', async (t) => {
	if (!have(t, 'nginx')) return;
	const { code, experiment } = await verify(t, {
		subject: 'nginx',
		config: 'nginx-short-timeouts-non-idempotent.conf',
		fault: 'freeze',
		rate: 300,
		forS: 12,
		afterS: 6,
		expect: { availability: '>= 99%' },
	});
	t.not(verdict(experiment, 'availability'), 'fail');
	t.is(value(experiment, 'availability'), 1);
	const unasked = experiment.checks.find((c) => c.metric === 'nonIdempotentDoubleExecuted');
	t.is(unasked?.verdict, 'fail');
	t.false(unasked?.asked);
	t.true((unasked?.evidence.length ?? 0) > 0);
	t.regex(unasked?.evidence[0] ?? '', /^r\d+$/);
	t.is(code, 1);
});
