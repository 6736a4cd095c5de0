import test from 'ava';
import { rng } from '../../src/model/rng.js';

test('the same label of the same seed gives the same stream, whatever was drawn before', (t) => {
	const a = rng(7);
	a.next();
	a.next();
	t.deepEqual([a.fork('x').next(), a.fork('x').next()], [rng(7).fork('x').next(), rng(7).fork('x').next()]);
});

test('labels and seeds give different streams, uniform on average', (t) => {
	t.not(rng(7).fork('x').next(), rng(7).fork('y').next());
	t.not(rng(7).fork('x').next(), rng(8).fork('x').next());
	const stream = rng(1).fork('mean');
	let sum = 0;
	for (let i = 0; i < 10_000; i++) sum += stream.next();
	t.true(Math.abs(sum / 10_000 - 0.5) < 0.015);
});
