import test from 'ava';
import { churn } from './churn-run.js';

for (const rawHandles of [true, false]) {
	test.serial(
		`every toxic comes, changes and goes under live traffic: no byte is lost that it did not claim, nothing stays open; raw handles ${rawHandles}`,
		async (t) => {
			const rounds = await churn(t, { seeds: [1, 2], changes: 800, rawHandles });
			const types = new Set(rounds.flatMap(({ added }) => Object.keys(added)));
			t.true(types.size >= 13, [...types].join());
			for (const { mebibytes, connections } of rounds) t.true(mebibytes >= 1 && connections > 32, `${mebibytes} MiB on ${connections} connections`);
		},
	);
}
