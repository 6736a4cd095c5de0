import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { VirtualClock } from '../../src/simulator/clock.js';

test('what is due comes in the order of time, then of asking; limits come last of an instant', (t) => {
	const clock = new VirtualClock(5);
	const heard: string[] = [];
	clock.limit(10, () => heard.push('limit'));
	clock.at(20, () => heard.push('twenty'));
	clock.at(10, () => {
		heard.push(`ten at ${clock.now()}`);
		clock.at(3, () => heard.push(`the past is now, ${clock.now()}`));
	});
	clock.at(10, () => heard.push('ten too'));
	const cancel = clock.at(15, () => heard.push('never'));
	cancel();
	cancel();
	t.false(clock.run(() => false));
	t.deepEqual(heard, ['ten at 10', 'ten too', 'the past is now, 10', 'limit', 'twenty']);
	t.is(clock.now(), 20);
});

test('10 000 in random order come sorted', (t) => {
	const clock = new VirtualClock();
	const chance = rng(1);
	const times: number[] = [];
	for (let i = 0; i < 10_000; i++) clock.at(Math.floor(chance.next() * 1000), () => times.push(clock.now()));
	let stop = 0;
	t.true(clock.run(() => ++stop > 5000));
	t.is(times.length, 5000);
	clock.run(() => false);
	t.is(times.length, 10_000);
	t.deepEqual(
		times,
		times.toSorted((a, b) => a - b),
	);
});
