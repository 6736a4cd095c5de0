import test from 'ava';
import { assess } from '../../src/checks/assess.js';
import { readHistory } from '../../src/platform/history-reader.js';
import { expect, planOf } from './history.js';

const PLAN = planOf({ expect: ['availability >= 90%', 'p50 <= 100ms', 'nonIdempotentReplayed == 0', 'timeToDetect <= 1s'].map(expect) });

/** Stored histories, judged by today's rules: a change of verdict here changes what old runs said, and must be meant. */
const stored = (name: string, verdict: string, checks: Record<string, [verdict: string, value: number | null]>): void => {
	test(`${name}: ${verdict}`, async (t) => {
		const [result] = assess(await readHistory(new URL(`../../../fixtures/histories/${name}.ndjson`, import.meta.url).pathname), PLAN);
		t.deepEqual(Object.fromEntries(result!.checks.map((c) => [c.name, [c.verdict, c.value]])), checks);
		t.is(result!.verdict, verdict as never);
	});
};

stored('kill-survived', 'pass', {
	availability: ['pass', 81 / 82],
	p50: ['pass', 52],
	nonIdempotentReplayed: ['pass', 0],
	timeToDetect: ['pass', 0],
	nonIdempotentDoubleExecuted: ['pass', 0],
	lost: ['pass', 0],
});

stored('thaw-executes-twice', 'fail', {
	availability: ['pass', 1],
	p50: ['pass', 52],
	nonIdempotentReplayed: ['fail', 11],
	timeToDetect: ['fail', 3250],
	nonIdempotentDoubleExecuted: ['fail', 11],
	lost: ['pass', 0],
});

stored('ids-stripped', 'inconclusive', {
	availability: ['pass', 1],
	p50: ['pass', 52],
	nonIdempotentReplayed: ['inconclusive', null],
	timeToDetect: ['inconclusive', null],
	nonIdempotentDoubleExecuted: ['inconclusive', null],
	lost: ['inconclusive', null],
});

stored('cut-off', 'inconclusive', {
	availability: ['inconclusive', 79 / 82],
	p50: ['pass', 52],
	nonIdempotentReplayed: ['inconclusive', 0],
	timeToDetect: ['inconclusive', null],
	nonIdempotentDoubleExecuted: ['inconclusive', 0],
	lost: ['inconclusive', 0],
});
