import test from 'ava';
import type { ExperimentResult } from '../../src/model/run.js';
import { remedy } from '../../src/report/remedies.js';
import { story } from '../../src/report/story.js';

const seen = (value: number | null, lo: number | null = value): ExperimentResult['metrics'][string] => ({
	value,
	lo,
	hi: value,
	exposure: 1,
	observedBy: 'client',
});
const experiment = (metrics: Record<string, ExperimentResult['metrics'][string]>): ExperimentResult => ({
	name: 'x',
	verdict: 'fail',
	repeat: 1,
	line: null,
	events: [{ kind: 'freeze', target: 'n2', intendedMs: 0, effectiveMs: 1, healedMs: 10 }],
	metrics,
	checks: [],
	notes: [],
});

test('a third lost for ever is named as what it is', (t) => {
	const told = story(experiment({ requests: seen(3000), availability: seen(0.668), errorWindowMs: seen(9900), timeToFailoverMs: seen(null, 10_000) }), 3);
	t.regex(told, /996 of 3000 requests failed within 9\.9s/);
	t.regex(told, /no failover within 10s/);
	t.regex(told, /2 of 3 nodes/);
});

test('a share near 1 - 1/n is no diagnosis where the number of nodes is unknown, or other', (t) => {
	const metrics = { requests: seen(3000), availability: seen(0.668) };
	t.notRegex(story(experiment(metrics), null), /nodes give/);
	t.notRegex(story(experiment(metrics), 5), /nodes give/);
});

test('a good run says that all were answered, and what was not seen is left out', (t) => {
	t.is(
		story(experiment({ requests: seen(100), availability: seen(1), failbackMs: seen(252) }), 3),
		'all 100 requests were answered; n2 served again 252ms after it was healed',
	);
	t.is(story(experiment({ requests: seen(0), availability: seen(null) }), 3), '');
});

test('advice fits the subject, the fault and the check, and only follows a failure', (t) => {
	const result = (kind: string) => ({
		schema: 'daruma.run/1' as const,
		verdict: 'fail' as const,
		run: 'r',
		seed: 1,
		demo: false,
		subject: { kind },
		experiments: [],
	});
	const check = {
		name: 'availability',
		metric: 'availability',
		verdict: 'fail' as const,
		bound: '',
		value: 0,
		lo: 0,
		hi: 0,
		exposure: 1,
		why: '',
		evidence: [],
		asked: true,
	};
	const frozen = experiment({});
	t.regex(remedy(check, frozen, result('nginx')) ?? '', /proxy_read_timeout/);
	t.regex(remedy(check, frozen, result('haproxy')) ?? '', /httpchk/);
	t.regex(remedy({ ...check, metric: 'nonIdempotentReplayed' }, frozen, result('nginx')) ?? '', /non_idempotent/);
	t.is(remedy({ ...check, verdict: 'pass' }, frozen, result('nginx')), null);
	t.is(remedy(check, frozen, result('command')), null);
});
