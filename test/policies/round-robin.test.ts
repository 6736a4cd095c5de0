import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { roundRobin } from '../../src/policies/round-robin.js';
import { candidates, picks } from './table.js';

test('one after the other', (t) => {
	const drawn = picks(roundRobin(), candidates(1, 1, 1), 9, rng(1));
	t.true('abcabcabcabc'.includes(drawn), drawn);
});

test('each client starts somewhere else', (t) => {
	const starts = new Set(Array.from({ length: 50 }, (_, seed) => picks(roundRobin(), candidates(1, 1, 1), 1, rng(seed))));
	t.deepEqual([...starts].sort(), ['a', 'b', 'c']);
});

test('the share of an ejected node is spread over all others, not given to its successor', (t) => {
	const all = candidates(1, 1, 1, 1);
	const left = all.filter((c) => c.index !== 1);
	const drawn = picks(roundRobin(), left, 300, rng(2));
	for (const name of 'acd') t.is(drawn.split(name).length - 1, 100);
});
