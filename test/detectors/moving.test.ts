import test from 'ava';
import { MovingStatistics } from '../../src/detectors/moving.js';
import { rng } from '../../src/model/rng.js';

test('mean and variance of the last so many, as counted anew, through many rounds', (t) => {
	for (const size of [1, 2, 16, 17, 100]) {
		const moving = new MovingStatistics(size, 1000);
		const chance = rng(size);
		const all: number[] = [];
		for (let i = 0; i < 1000; i++) {
			all.push(1000 + (chance.next() - 0.5) * 500);
			moving.add(all.at(-1)!);
			const held = all.slice(-size);
			const mean = held.reduce((sum, x) => sum + x, 0) / held.length;
			const variance = held.reduce((sum, x) => sum + (x - mean) ** 2, 0) / held.length;
			if (moving.count !== held.length || Math.abs(moving.mean - mean) > 1e-4 || Math.abs(moving.variance - variance) > 0.05)
				t.fail(`${size} ${i}: ${moving.mean} for ${mean}, ${moving.variance} for ${variance}`);
		}
	}
	t.deepEqual([new MovingStatistics(5, 10).mean, new MovingStatistics(5, 10).variance], [0, 0]);
});

test('a huge value leaves no trace once it has left', (t) => {
	const moving = new MovingStatistics(10, 1000);
	moving.add(1e9);
	// While it is in the window, 9 is nothing beside its square.
	for (let i = 0; i < 24; i++) moving.add(i % 2 === 0 ? 997 : 1003);
	t.deepEqual([moving.mean, moving.variance], [1000, 9]);
});
