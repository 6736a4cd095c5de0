import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { random } from '../../src/policies/random.js';
import { candidates, picks } from './table.js';

test('every node gets its share, in an order that only the seed decides', (t) => {
	const from = candidates(1, 1, 1);
	const drawn = picks(random(), from, 3000, rng(3));
	t.is(drawn, picks(random(), from, 3000, rng(3)));
	for (const name of 'abc') t.true(Math.abs(drawn.split(name).length - 1 - 1000) < 80, name);
	t.false(drawn.startsWith('abcabc'));
});
