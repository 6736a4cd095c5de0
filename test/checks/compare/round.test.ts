import test from 'ava';
import { compareRound, type Said, waits } from '../../../src/checks/compare/round.js';

const said = (...each: (string | null | [string, number | null])[]): Said[] =>
	each.map((one, i) => ({ endpoint: `n${i + 1}`, text: Array.isArray(one) ? one[0] : one, height: Array.isArray(one) ? one[1] : null }));

for (const [what, given, maxLag, stands, majority] of [
	['three agree', said('a', 'a', 'a'), 0, 'agrees agrees agrees', 'a'],
	['one of three dissents', said('a', 'a', 'b'), 0, 'agrees agrees dissents', 'a'],
	['the first may be the one', said('b', 'a', 'a'), 0, 'dissents agrees agrees', 'a'],
	['two differ: nobody is accused', said('a', 'b'), 0, 'differs differs', null],
	['two and two', said('a', 'a', 'b', 'b'), 0, 'differs differs differs differs', null],
	['two of four are no majority', said('a', 'a', 'b', 'c'), 0, 'differs differs differs differs', null],
	['two of five dissent', said('a', 'a', 'a', 'b', 'c'), 0, 'agrees agrees agrees dissents dissents', 'a'],
	['no answer is no dissent', said('a', 'a', null), 0, 'agrees agrees silent', 'a'],
	['the majority is of those that answer', said('a', 'b', null), 0, 'differs differs silent', null],
	['one answer alone', said('a', null, null), 0, 'alone silent silent', null],
	['nobody', said(null, null), 0, 'silent silent', null],
	['too far behind', said(['a', 10], ['a', 10], ['a', 4]), 5, 'agrees agrees lags', 'a'],
	['behind, and tolerated', said(['a', 10], ['a', 10], ['a', 5]), 5, 'agrees agrees agrees', 'a'],
	['who lags has no vote', said(['a', 10], ['a', 9], ['b', 1], ['b', 1]), 5, 'agrees agrees lags lags', 'a'],
	['two, and one of them lags: it is named', said(['a', 10], ['b', 1]), 5, 'alone lags', null],
	['a height that is missing says nothing of lag', said(['a', 10], ['a', null], ['a', 10]), 0, 'agrees agrees agrees', 'a'],
	['one height alone says nothing', said(['a', 10], ['a', null]), 0, 'agrees agrees', 'a'],
] as const)
	test(what, (t) => {
		const round = compareRound(given, maxLag);
		t.is(round.standings.map(({ stand }) => stand).join(' '), stands);
		t.is(round.majority, majority);
		t.deepEqual(
			round.standings.map(({ endpoint }) => endpoint),
			given.map(({ endpoint }) => endpoint),
		);
	});

test('lag = max - own', (t) => {
	const round = compareRound(said(['a', 7], ['a', 10], ['a', null]), 5);
	t.deepEqual(
		round.standings.map(({ lag }) => lag),
		[3, 0, null],
	);
	t.deepEqual(round.furthest, { endpoint: 'n2', height: 10 });
});

for (const [what, arrivals, found] of [
	['three alike', [3, 1, 9], { fastestMs: 1, majorityMs: 3, allMs: 9 }],
	['two alike', [3, 1], { fastestMs: 1, majorityMs: 3, allMs: 3 }],
] as const)
	test(`waiting for ${what}`, (t) => {
		t.deepEqual(waits(arrivals.map((ms) => ({ ms, text: 'a' }))), found);
	});

test('waiting for a majority that differs, one that never is, and for silence', (t) => {
	const at = (ms: number, text: string | null) => ({ ms, text });
	t.deepEqual(waits([at(1, 'b'), at(2, 'a'), at(5, 'a')]), { fastestMs: 1, majorityMs: 5, allMs: 5 });
	t.deepEqual(waits([at(1, 'b'), at(2, 'a')]), { fastestMs: 1, majorityMs: null, allMs: 2 });
	t.deepEqual(waits([at(1, 'a'), at(2, 'a'), at(1000, null)]), { fastestMs: 1, majorityMs: 2, allMs: 1000 });
	t.deepEqual(waits([at(1, 'a'), at(1000, null), at(1000, null)]), { fastestMs: 1, majorityMs: null, allMs: 1000 });
	t.is(waits([at(1000, null)]), null);
	t.is(waits([]), null);
});
