import { METRICS } from '../../src/model/metrics.js';
import type { Check, ExperimentResult, RunResult } from '../../src/model/run.js';
import type { ReportOptions } from '../../src/report/report.js';
import { PLAIN } from '../../src/report/style.js';

/** Hand-made results that the tests of all reports share. */
export const OPTIONS: ReportOptions = { style: PLAIN, width: 120, file: '/srv/daruma.yaml', inconclusive: 'fail' };

type Value = number | null;
export const measures = (values: Record<string, [value: Value, lo: Value, hi: Value, exposure: number]>): ExperimentResult['metrics'] =>
	Object.fromEntries(
		METRICS.map(({ name }) => {
			const [value, lo, hi, exposure] = values[name] ?? [null, null, null, 0];
			return [name, { value, lo, hi, exposure, observedBy: 'client', ...(value === null && { why: 'nobody looked' }) }];
		}),
	);

export const check = (given: Partial<Check> & Pick<Check, 'name' | 'metric' | 'verdict' | 'bound'>): Check => ({
	value: 0,
	lo: null,
	hi: null,
	exposure: 1,
	why: '',
	evidence: [],
	asked: true,
	...given,
});

export const KILLED: ExperimentResult = {
	name: 'a replica is killed',
	verdict: 'pass',
	repeat: 0,
	line: 9,
	events: [{ kind: 'kill', target: 'n2', intendedMs: 4000, effectiveMs: 4002.4, healedMs: 14_003, by: 'waitpid' }],
	metrics: measures({
		requests: [2012, 2012, 2012, 2012],
		availability: [0.9985, 0.9955, 0.9995, 2012],
		timeToFailoverMs: [12, 2, 12, 1],
		errorWindowMs: [5, 5, 5, 1],
		nonIdempotentReplayed: [0, 0, 0, 3],
		doubleExecuted: [0, 0, 0, 20],
		p99Ms: [64, 60, 70, 2012],
	}),
	checks: [
		check({
			name: 'availability',
			metric: 'availability',
			verdict: 'pass',
			bound: '>= 99%',
			value: 0.9985,
			lo: 0.9955,
			hi: 0.9995,
			exposure: 2012,
			why: '99.85 % of 2 012 (95 %: 99.55 % to 99.95 %)',
		}),
		check({
			name: 'timeToFailover',
			metric: 'timeToFailoverMs',
			verdict: 'pass',
			bound: '<= 1s',
			value: 12,
			lo: 2,
			hi: 12,
			why: '12ms; held in 1 of 1 events',
		}),
		check({
			name: 'nonIdempotentReplayed',
			metric: 'nonIdempotentReplayed',
			verdict: 'pass',
			bound: '== 0',
			value: 0,
			lo: 0,
			hi: 0,
			exposure: 3,
			why: '0 of 3 exposed; proves < 64 % (95 %)',
		}),
	],
	notes: [],
};

export const FROZEN: ExperimentResult = {
	name: 'a replica is frozen',
	verdict: 'fail',
	repeat: 0,
	line: 14,
	events: [{ kind: 'freeze', target: 'n2', intendedMs: 4000, effectiveMs: 4002, healedMs: null, by: 'proc' }],
	metrics: measures({
		requests: [2000, 2000, 2000, 2000],
		availability: [1, 0.998, 1, 2000],
		timeToDetectMs: [null, 10_000, null, 1],
		nonIdempotentReplayed: [35, 35, null, 35],
		doubleExecuted: [70, 70, null, 70],
		p99Ms: [1230, 1200, 1300, 2000],
	}),
	checks: [
		check({
			name: 'availability',
			metric: 'availability',
			verdict: 'pass',
			bound: '>= 99%',
			value: 1,
			lo: 0.998,
			hi: 1,
			exposure: 2000,
			why: 'at least 99.8 %',
		}),
		check({ name: 'lost', metric: 'lost', verdict: 'pass', bound: '== 0', value: 0, exposure: 2000, why: 'none', asked: false }),
		check({
			name: 'timeToDetect',
			metric: 'timeToDetectMs',
			verdict: 'inconclusive',
			bound: '<= 2s',
			value: null,
			lo: 10_000,
			why: 'the harness was 300 ms late',
			next: 'run it on a quieter machine',
		}),
		check({
			name: 'nonIdempotentReplayed',
			metric: 'nonIdempotentReplayed',
			verdict: 'fail',
			bound: '== 0',
			value: 35,
			lo: 35,
			exposure: 35,
			why: '35 POSTs were executed by two replicas',
			next: 'do not retry POST after it was sent (proxy_next_upstream without non_idempotent)',
			evidence: Array.from({ length: 20 }, (_, i) => `r${123 + i}`),
		}),
	],
	notes: ['the drain was cut off: counts are lower bounds'],
};

/** Whatever a replica, a path or a file can put into a report. */
export const NASTY = '\u001b[2J</testcase>|`x`<script>&"\'\u202e@all %0A::error::\r\n\u0000\ud800';
export const HOSTILE: ExperimentResult = {
	...KILLED,
	name: NASTY,
	verdict: 'fail',
	checks: [check({ name: 'p99', metric: 'p99Ms', verdict: 'fail', bound: '<= 1s', value: 2000, why: NASTY, next: NASTY, evidence: [NASTY] })],
	notes: [NASTY],
};

export const run = (verdict: RunResult['verdict'], ...experiments: ExperimentResult[]): RunResult => ({
	schema: 'daruma.run/1',
	verdict,
	run: '.daruma/runs/20261123-1',
	seed: 7,
	demo: false,
	subject: { kind: 'nginx', version: '1.22.1' },
	experiments,
});
