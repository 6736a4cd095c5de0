import test from 'ava';
import { assess } from '../../src/checks/assess.js';
import { haltReason, type LiveCounts, parseHalt } from '../../src/checks/halt.js';
import type { HaltCondition } from '../../src/model/plan.js';
import { expect, history, planOf } from './history.js';

const condition = (text: string): HaltCondition => {
	const found = parseHalt(text);
	if (!found) throw new Error(text);
	return found;
};
/** Four a second: each tells of `ok` and `failed` more. */
const counts = (steps: readonly (readonly [ok: number, failed: number, inFlight?: number])[]): LiveCounts[] => {
	let sum = { ok: 0, failed: 0 };
	return steps.map(([ok, failed, inFlight = 0], i) => {
		sum = { ok: sum.ok + ok, failed: sum.failed + failed };
		return { t: 1000 + i * 250, ...sum, inFlight };
	});
};
const steady = (n: number, ok: number, failed: number) => Array.from({ length: n }, () => [ok, failed] as const);

test('the grammar: shares fall, counts grow', (t) => {
	t.deepEqual(condition(' availability < 50% '), { metric: 'availability', op: '<', value: 0.5, overMs: 5000, text: 'availability < 50%' });
	t.deepEqual(condition('errors >= 200 over 10s'), { metric: 'errors', op: '>=', value: 200, overMs: 10_000, text: 'errors >= 200 over 10s' });
	t.is(condition('inFlight > 1000').value, 1000);
	t.is(condition('availability <= 0.9').value, 0.9);
	for (const wrong of [
		'availability > 50%',
		'availability < 50',
		'errors < 3',
		'errors > 3%',
		'p99 > 1s',
		'errors > 3 over now',
		'errors > 3 over 10ms',
		'inFlight > 3 over 5s',
		'',
	])
		t.is(parseHalt(wrong), undefined, wrong);
});

for (const [text, seen, found] of [
	['availability < 50%', counts(steady(30, 10, 0)), null],
	['availability < 50%', counts([...steady(30, 10, 0), ...steady(20, 4, 6)]), /^80 of 200 requests ok in 5s$/],
	['availability < 50%', counts([...steady(30, 10, 0), ...steady(20, 5, 5)]), null],
	// A bad second is averaged with the four good ones.
	['availability < 50%', counts([...steady(30, 10, 0), ...steady(4, 0, 10)]), null],
	['availability < 50% over 1s', counts([...steady(30, 10, 0), ...steady(4, 0, 10)]), /^0 of 40/],
	// Not before there is a whole stretch to look at, nor on a handful of requests.
	['availability < 50%', counts(steady(19, 0, 10)), null],
	['availability < 50%', counts([...steady(21, 0, 0), [0, 19]]), null],
	['availability < 50%', counts([...steady(21, 0, 0), [0, 20]]), /^0 of 20/],
	['errors > 50', counts(steady(3, 0, 17)), /^51 failed requests in 5s$/],
	['errors > 50', counts(steady(3, 9, 16)), null],
	['errors > 50', counts([...steady(20, 0, 2), ...steady(20, 0, 2)]), null],
	['inFlight > 100', counts([[1, 0, 101]]), /^101 requests in flight$/],
	['inFlight > 100', counts([[1, 0, 100]]), null],
	['inFlight > 100', [], null],
] as const) {
	test(`${text} after ${seen.length} looks, ${JSON.stringify(seen.at(-1) ?? null)}: ${found ? 'halts' : 'goes on'}`, (t) => {
		const reason = haltReason([condition('errors > 1000000'), condition(text)], seen);
		if (found === null) t.is(reason, null);
		else {
			t.is(reason?.condition, text);
			t.regex(reason!.found, found);
		}
	});
}

test('a halt is a failed check of what was seen; what follows did not run', (t) => {
	const halt = { kind: 'halt', t: 9000, experiment: 0, condition: 'availability < 50%', found: '80 of 200 requests ok in 5s' } as const;
	const plan = planOf({ expect: [expect('availability >= 50%')], repeat: 2 });
	const [first, second] = assess(history({ more: [halt] }), plan);
	t.is(first!.verdict, 'fail');
	t.deepEqual(first!.halted, { atMs: 8000, condition: 'availability < 50%', found: '80 of 200 requests ok in 5s' });
	t.is(first!.checks[0]!.name, 'halt');
	t.is(first!.checks.find((c) => c.name === 'availability')!.verdict, 'pass');
	t.is(second!.verdict, 'inconclusive');
	t.regex(second!.notes[0]!, /another one was halted/);
	t.regex(second!.checks[0]!.next!, /--keep-going/);
	t.is(assess(history({}), plan)[0]!.halted, undefined);
});
