import test from 'ava';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import { misplaced } from '../../src/proxy/udp/toxics/index.js';
import { churn } from './churn-run.js';
import { besieged } from './siege.js';

for (const rawHandles of [true, false]) {
	test.serial(
		`every toxic comes, changes and goes under live traffic: no byte is lost that it did not claim, nothing stays open; raw handles ${rawHandles}`,
		async (t) => {
			const rounds = await churn(t, { seeds: [1, 2], changes: 800, rawHandles });
			const types = new Set(rounds.flatMap(({ added }) => Object.keys(added)));
			t.deepEqual(
				[...TOXICS.keys()].filter((type) => misplaced(type, false) === null && !types.has(type)),
				[],
				'these were never tried',
			);
			for (const { mebibytes, connections } of rounds) t.true(mebibytes >= 1 && connections > 32, `${mebibytes} MiB on ${connections} connections`);
		},
	);
}

test.serial('no call to the API waits for a peer: clients that stand still, upstreams that drop SYNs, connections that come and go', async (t) => {
	const { calls, churned } = await besieged(t, 3);
	// Toxiproxy takes 25 s and then never answers; a dial here is given up after 30 s.
	const slow = calls.filter(({ ms }) => ms > 10_000);
	t.deepEqual(slow, []);
	t.deepEqual([...new Set(calls.map(({ status }) => status))].sort(), [200, 201, 204]);
	t.true(calls.length > 80 && churned > 30, `${calls.length} calls, ${churned} connections`);
});
