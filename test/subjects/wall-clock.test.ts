import test from 'ava';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { WallClock } from '../../src/subjects/wall-clock.js';

test('wall clock is brought to the run’s clock, to the millisecond of the one and back', (t) => {
	const clock = new MonotonicClock(monotonicNs());
	const wall = new WallClock(clock);
	t.teardown(() => wall.stop());
	const before = clock.now();
	const found = wall.toRun(Date.now());
	const after = clock.now();
	t.true(found >= before - 20 && found <= after + 20, `${found} is not within ${before}…${after}`);
	t.is(wall.toRun(1_000_500) - wall.toRun(1_000_000), 500);
	t.false(wall.stepped());
});

test('a wall clock that was set is noticed', (t) => {
	let now = 0;
	const wall = new WallClock({ now: () => now, at: () => () => {} });
	t.teardown(() => wall.stop());
	now += 500;
	t.false(wall.stepped());
	now += 3_600_000;
	t.true(wall.stepped());
});
