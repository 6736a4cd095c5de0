import test from 'ava';
import type { RateStage } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import { pacer } from '../../src/workload/pacer.js';
import { countAt, expectedRequests, timeOf } from '../../src/workload/stages.js';

const flat = (forMs: number, rate: number): RateStage => ({ forMs, from: rate, to: rate });
const STEPS = [flat(1000, 10), flat(1000, 100)];
const RAMP = [{ forMs: 2000, from: 0, to: 100 }];
const PAUSE = [flat(1000, 10), { forMs: 1000, from: 10, to: 0 }, { forMs: 1000, from: 0, to: 10 }];

for (const [name, stages, points] of [
	[
		'steps',
		STEPS,
		[
			[0, 0],
			[500, 5],
			[1000, 10],
			[1500, 60],
			[2000, 110],
			[3000, 210],
		],
	],
	[
		'a ramp from nothing, and its end that goes on',
		RAMP,
		[
			[0, 0],
			[1000, 25],
			[2000, 100],
			[2500, 150],
		],
	],
	[
		'down to nothing and up again',
		PAUSE,
		[
			[1000, 10],
			[1500, 13.75],
			[2000, 15],
			[2500, 16.25],
			[3000, 20],
			[4000, 30],
		],
	],
] as const) {
	test(`${name}: how many are due, and when`, (t) => {
		const due = timeOf(stages);
		for (const [ms, count] of points) {
			t.is(countAt(stages, ms), count, `${ms} ms`);
			t.true(Math.abs(due(count) - ms) < 1e-9, `request ${count} is due at ${due(count)}, not ${ms}`);
		}
	});
}

test('times never go back, and each is the first at which so many were asked for', (t) => {
	const stages = [flat(700, 3), { forMs: 1300, from: 3, to: 400 }, { forMs: 400, from: 400, to: 0 }, { forMs: 900, from: 0, to: 50 }];
	const due = timeOf(stages);
	for (let n = 0, last = -1; n < 500; n++) {
		const at = due(n);
		t.true(at >= last, `request ${n}`);
		t.true(Math.abs(countAt(stages, at) - n) < 1e-6, `request ${n} at ${at}: ${countAt(stages, at)}`);
		last = at;
	}
});

test('an almost flat ramp loses no digits', (t) => {
	const due = timeOf([{ forMs: 1000, from: 100, to: 100 + 1e-9 }]);
	t.true(Math.abs(due(50) - 500) < 1e-6);
});

test('the pacer keeps to stages; poisson keeps their mean, and a time depends on seed and ordinal alone', (t) => {
	t.deepEqual([0, 5, 10, 11].map(pacer({ rate: 100, pacing: 'constant', stages: STEPS }, rng(1))), [0, 500, 1000, 1010]);
	const spec = { rate: 1000, pacing: 'poisson', stages: [flat(10_000, 1000), flat(1000, 10)] } as const;
	const due = pacer(spec, rng(3));
	const at = due(9000);
	t.true(Math.abs(at - 9000) < 400, `request 9000 at ${at}, expected 9000 ms ± 4 standard errors`);
	t.true(due(10_400) > 20_000, 'after the first stage there are ten a second');
	t.is(pacer(spec, rng(3))(9000), at);
});

test('expected requests, with stages and without', (t) => {
	t.is(expectedRequests({ rate: 200 }, 1000, 3500), 500);
	t.is(expectedRequests({ rate: 100, stages: STEPS }, 500, 1500), 55);
});
