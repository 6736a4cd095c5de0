import test from 'ava';
import { assess } from '../../src/checks/assess.js';
import { repeatsOf } from '../../src/checks/repeats.js';
import { repeatLines } from '../../src/report/repeats.js';
import { expect, failing, history, planOf } from './history.js';

const plan = planOf({ repeat: 3, expect: [expect('availability >= 90%'), expect('timeToFailover <= 2s')] });
const LASTS = 40_000;
const run = (bad: number | null) => [
	...history({}),
	...history({ startMs: 1000 + LASTS, experiment: 1, firstId: 10_000, fate: bad === null ? undefined : failing(0, bad, 2) }),
	...history({ startMs: 1000 + 2 * LASTS, experiment: 2, firstId: 20_000 }),
];

test('three repeats: how many held, and the worst of each metric with its repeat', (t) => {
	const experiments = assess(run(4000), plan);
	const [found] = repeatsOf(experiments);
	t.like(found, { name: 'a replica is killed', repeats: 3, pass: 2, fail: 1, inconclusive: 0 });
	t.is(found!.worst.availability!.repeat, 2);
	t.is(found!.worst.availability!.value, experiments[1]!.metrics.availability!.value!);
	t.is(found!.worst.timeToFailoverMs!.repeat, 2);
	t.is(found!.worst.requests, undefined);
	t.is(found!.worst.timeToDetectMs, undefined);
	const [line] = repeatLines({ repeats: [found!], experiments } as never);
	t.regex(line!, /^a replica is killed: 2 of 3 repeats held, 1 failed; worst of 3 \(in repeat\): availability 8\d\S* % \(2\), .*timeToFailover \S+ \(2\)/);
});

test('all hold; one that did not run is undecided, and its nulls are no worst', (t) => {
	t.like(repeatsOf(assess(run(null), plan))[0], { repeats: 3, pass: 3, fail: 0, inconclusive: 0 });
	const cut = repeatsOf(assess(history({}), plan))[0]!;
	t.like(cut, { repeats: 3, pass: 1, inconclusive: 2 });
	t.is(cut.worst.availability!.seen, 1);
	t.deepEqual(repeatsOf(assess(history({}), planOf())), []);
});
