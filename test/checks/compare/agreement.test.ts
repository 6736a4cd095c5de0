import test from 'ava';
import { AgreementTally, type Spoken } from '../../../src/checks/compare/agreement.js';
import { type Normalising, normalise, parsePlace } from '../../../src/checks/compare/normalise.js';
import type { Agreement } from '../../../src/checks/compare/result.js';

const PLAIN: Normalising = { headers: [], ignore: [], digest: null, height: null };
const HEIGHT: Normalising = { ...PLAIN, height: parsePlace('$.h') };

/** Words of one round, with a blank between: an answer, or - for none. */
const spoken = (words: string, how: Normalising, at: number, ms: readonly number[] = [1, 2, 5]): Spoken[] =>
	words.split(' ').map((word, i) => ({
		endpoint: `n${i + 1}`,
		normal: word === '-' ? null : normalise({ status: 200, body: new TextEncoder().encode(word) }, how),
		sentMs: at,
		endMs: at + (ms[i] ?? 1),
		fresh: false,
	}));

/** `a a b` is a round; `a a b > a a a` one with what was said when all were asked again. */
const judged = (rounds: readonly string[], how: Normalising = PLAIN, maxLag = 0): Agreement => {
	const names = (rounds[0] as string)
		.split(' > ')[0]
		?.split(' ')
		.map((_, i) => `n${i + 1}`) as string[];
	const tally = new AgreementTally(names, { how, maxLag, hash: (text) => `#${text}` });
	for (const [i, round] of rounds.entries()) {
		const [first, second] = round.split(' > ') as [string, string | undefined];
		const asksAgain = tally.round(spoken(first, how, 1000 * i));
		if (asksAgain !== (second !== undefined)) throw new Error(`round ${round}: asks again ${asksAgain}`);
		if (second !== undefined) tally.again(spoken(second, how, 1000 * i + 10));
	}
	return tally.result();
};

for (const [what, rounds, verdict, stands, transient] of [
	['all agree', ['a a a', 'b b b'], 'pass', 'agrees agrees agrees', [0, 0, 0]],
	['a lasting dissent', ['a a b > a a b', 'a a a'], 'fail', 'agrees agrees dissents', [0, 0, 0]],
	['a passing one', ['a a b > a a a', 'a a a'], 'pass', 'agrees agrees agrees', [0, 0, 1]],
	['another one each time', ['a a b > b a a', 'a a a'], 'pass', 'agrees agrees agrees', [1, 0, 1]],
	['two differ', ['a b > a b'], 'fail', 'differs differs', [0, 0]],
	['two differ once', ['a b > a a'], 'pass', 'agrees agrees', [1, 1]],
	['silence is no dissent', ['a a -'], 'inconclusive', 'agrees agrees silent', [0, 0, 0]],
	['silent now and then', ['a a -', 'a a a'], 'pass', 'agrees agrees agrees', [0, 0, 0]],
	['a dissent that falls silent', ['a a b > a a -'], 'inconclusive', 'agrees agrees silent', [0, 0, 1]],
	['nobody to compare with', ['a - -'], 'inconclusive', 'alone silent silent', [0, 0, 0]],
	['nobody at all', ['- -'], 'inconclusive', 'silent silent', [0, 0]],
] as const)
	test(what, (t) => {
		const found = judged(rounds);
		t.is(found.verdict, verdict, found.why);
		t.is(found.endpoints.map((e) => e.verdict).join(' '), stands);
		t.deepEqual(
			found.endpoints.map((e) => e.transient),
			[...transient],
		);
		for (const e of found.endpoints) {
			const counted = Object.values(e.rounds).reduce((n, each) => n + each, 0);
			t.is(counted, rounds.length, 'each round counts once');
		}
	});

test('the dissenting and the lagging replica are named, with what they say', (t) => {
	const found = judged(['{"h":9,"v":1} {"h":9,"v":1} {"h":9,"v":2} {"h":2,"v":1} > {"h":9,"v":1} {"h":9,"v":1} {"h":9,"v":2} {"h":3,"v":1}'], HEIGHT, 5);
	t.is(found.why, 'n3 dissents; n4 lags');
	t.regex(found.endpoints[2]?.why ?? '', /1 of 1 rounds.*\$\.v: 2, where others say 1/);
	t.regex(found.endpoints[3]?.why ?? '', /6 behind the furthest/);
	t.deepEqual([found.endpoints[3]?.height, found.endpoints[3]?.lag, found.furthest], [3, 6, { endpoint: 'n1', height: 9 }]);
	t.deepEqual(found.majority?.endpoints, ['n1', 'n2']);
	t.deepEqual(
		found.differences.map(({ lasting, standings }) => [lasting, standings.map(({ stand }) => stand).join(' ')]),
		[[true, 'agrees agrees dissents lags']],
	);
});

test('a place that is in no answer decides nothing', (t) => {
	const found = judged(['{"v":1} {"v":1}'], { ...PLAIN, digest: parsePlace('$.w') });
	t.deepEqual([found.verdict, found.why], ['inconclusive', '$.w is in no answer']);
	const some = judged(['{"w":1} {"w":1} {"v":1} > {"w":1} {"w":1} {"v":1}'], { ...PLAIN, digest: parsePlace('$.w') });
	t.deepEqual([some.verdict, some.why], ['fail', 'n3 dissents']);
});

test('interrupted before it could be asked again, a difference was seen once', (t) => {
	const tally = new AgreementTally(['n1', 'n2', 'n3'], { how: PLAIN, maxLag: 0, hash: (text) => text });
	t.true(tally.round(spoken('a a b', PLAIN, 0)));
	const found = tally.result();
	t.deepEqual([found.endpoints[2]?.transient, found.endpoints[2]?.rounds.dissents, found.differences[0]?.lasting], [1, 0, false]);
	t.is(found.verdict, 'inconclusive');
});

test('only the first differences are kept', (t) => {
	const found = judged(Array.from({ length: 50 }, () => 'a a b > a a b'));
	t.deepEqual([found.differences.length, found.endpoints[2]?.rounds.dissents], [20, 50]);
});

test('the delay of asking all, from the answers themselves', (t) => {
	const tally = new AgreementTally(['n1', 'n2', 'n3'], { how: PLAIN, maxLag: 0, hash: (text) => text });
	for (let i = 0; i < 5; i++) tally.round(spoken('a a a', PLAIN, i * 100, [1, 2, 6 + i]));
	const { delay, skewMs } = tally.result();
	t.deepEqual([delay.rounds, skewMs, delay.withoutMajority], [5, 0, 0]);
	t.deepEqual([delay.fastestMs.p50, delay.majorityAddsMs.p50, delay.allAddsMs.p50, delay.allAddsMs.max, delay.allAddsMs.p99], [1, 1, 7, 9, null]);
	t.deepEqual(delay.singleMs.p50, 3.667);
});

test('connections that had to be made are not mixed with kept ones', (t) => {
	const tally = new AgreementTally(['n1', 'n2'], { how: PLAIN, maxLag: 0, hash: (text) => text });
	const made = (ms: number[]): Spoken[] => spoken('a a', PLAIN, 0, ms).map((each) => ({ ...each, fresh: true }));
	tally.round(made([100, 200]));
	t.is(tally.result().delay.allAddsMs.max, 100);
	tally.round(spoken('a a', PLAIN, 1000, [1, 3]));
	t.deepEqual([tally.result().delay.rounds, tally.result().delay.allAddsMs.max], [1, 2]);
});
