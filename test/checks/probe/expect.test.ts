import test from 'ava';
import { Held, judgeDemand } from '../../../src/checks/probe/expect.js';
import { Tally } from '../../../src/checks/probe/tally.js';
import { parseExpected } from '../../../src/model/assertion.js';
import { failed, sample, TARGET } from './samples.js';

const demand = (text: string, latencies: number[], failures = 0) => {
	const tally = new Tally(TARGET);
	for (const ms of latencies) tally.add(sample(ms));
	for (let n = 0; n < failures; n++) tally.add(failed());
	const found = parseExpected(text);
	if (!('all' in found)) throw new Error(text);
	return judgeDemand(tally, found.all);
};
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

test('demands pass, fail, or cannot be decided', (t) => {
	for (const [text, latencies, failures, verdict] of [
		['p50 <= 250ms', upTo(100), 0, 'pass'],
		['p50 <= 10ms', upTo(100), 0, 'fail'],
		['p50 <= 50ms', upTo(100), 0, 'inconclusive'],
		['p99 < 250ms', upTo(10), 0, 'inconclusive'],
		['p99 < 5s', upTo(299), 0, 'pass'],
		['p99 < 5ms', upTo(299), 0, 'fail'],
		['max < 250ms', upTo(3), 0, 'pass'],
		['max < 2ms', upTo(3), 0, 'fail'],
		['min >= 1ms', upTo(3), 0, 'pass'],
		['availability == 100%', upTo(3), 0, 'pass'],
		['availability == 100%', upTo(3), 1, 'fail'],
		['availability >= 90%', upTo(10), 0, 'inconclusive'],
		['availability >= 90%', upTo(100), 0, 'pass'],
		['availability >= 90%', [], 5, 'fail'],
		['p50 < 1s', [], 5, 'inconclusive'],
		['availability == 100%', [], 0, 'inconclusive'],
	] as const)
		t.is(demand(text, latencies as number[], failures).verdict, verdict, `${text} of ${latencies.length} and ${failures}`);
});

test('too few samples: how many it takes', (t) => {
	const few = demand('p99 < 250ms', upTo(10));
	t.regex(few.why, /needs 299 samples, and there are 10/);
	t.is(few.next, 'needs 289 more samples');
	t.is(demand('p90 < 250ms', upTo(10)).next, 'needs 19 more samples');
});

test('what was asserted of each answer', (t) => {
	const found = parseExpected('status == 200');
	if (!('each' in found)) throw new Error('status');
	const held = new Held(found.each);
	t.is(held.check().verdict, 'inconclusive');
	t.is(held.look({ status: 200, latencyMs: 1 }), null);
	t.deepEqual(held.check(), { expect: 'status == 200', verdict: 'pass', why: 'held in 1 of 1 answers' });
	t.is(held.look({ status: 503, latencyMs: 1 }), '503');
	t.deepEqual(held.check(), { expect: 'status == 200', verdict: 'fail', why: '1 of 2 answers: found 503' });
});
