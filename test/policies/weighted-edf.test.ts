import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { weightedEdf } from '../../src/policies/weighted-edf.js';
import { candidates, picks } from './table.js';

const count = (drawn: string, name: string): number => drawn.split(name).length - 1;

test('shares are exact to one, in every window of one round, without bursts', (t) => {
	const drawn = picks(weightedEdf(), candidates(5, 1, 1), 700, rng(3));
	for (let from = 0; from + 7 <= 700; from += 7) t.true(Math.abs(count(drawn.slice(from, from + 7), 'a') - 5) <= 1, drawn.slice(from, from + 7));
	t.true(Math.abs(count(drawn, 'a') - 500) <= 1);
	t.true(Math.abs(count(drawn, 'b') - 100) <= 1);
	t.notRegex(drawn, /bb|cc|aaaaaaa/);
});

test('fractions are weights too', (t) => {
	const drawn = picks(weightedEdf(), candidates(0.5, 1.5), 400, rng(3));
	t.true(Math.abs(count(drawn, 'a') - 100) <= 1);
});

test('each client begins somewhere else', (t) => {
	const starts = new Set(Array.from({ length: 60 }, (_, seed) => picks(weightedEdf(), candidates(1, 1, 1), 1, rng(seed).fork('start'))));
	t.deepEqual([...starts].sort(), ['a', 'b', 'c']);
});

test('who was away for a while has saved no turns', (t) => {
	const policy = weightedEdf();
	const all = candidates(1, 1, 1);
	picks(policy, all, 30, rng(1));
	picks(policy, all.slice(1), 300, rng(1));
	const drawn = picks(policy, all, 30, rng(1));
	t.true(Math.abs(count(drawn, 'a') - 10) <= 1, drawn);
});
