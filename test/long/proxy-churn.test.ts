import test from 'ava';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import { misplaced } from '../../src/proxy/udp/toxics/index.js';
import { churn } from '../proxy/churn-run.js';

const MIB = 2 ** 20;

/** Thousands of changes a round, random seeds (printed with what they led to), both ways to hold a connection. */
for (const rawHandles of [true, false]) {
	test(`rounds of random changes leave nothing behind, and memory does not grow; raw handles ${rawHandles}`, async (t) => {
		const seeds = Array.from({ length: 12 }, () => Math.floor(Math.random() * 2 ** 31));
		const rounds = await churn(t, { seeds, changes: 3000, rawHandles });
		const sum = (of: (round: (typeof rounds)[number]) => number): number => rounds.reduce((n, round) => n + of(round), 0);
		t.log(
			`seeds ${seeds.join(' ')}: ${sum((r) => r.changes)} changes, ${sum((r) => r.connections)} connections, ${sum((r) => r.mebibytes)} MiB`,
			`heap ${rounds.map((r) => (r.heapBytes / MIB).toFixed(1)).join(' ')} MiB`,
		);
		const types = new Set(rounds.flatMap(({ added }) => Object.keys(added)));
		t.deepEqual(
			[...TOXICS.keys()].filter((type) => misplaced(type, false) === null && !types.has(type)),
			[],
			'these were never tried',
		);
		// The first rounds compile and fill pools. What leaked a few hundred bytes per change or connection would show by then.
		const early = Math.max(...rounds.slice(2, 5).map((r) => r.heapBytes));
		const late = Math.min(...rounds.slice(-3).map((r) => r.heapBytes));
		t.true(late < early + 2 * MIB, `${(early / MIB).toFixed(1)} MiB after 5 rounds, ${(late / MIB).toFixed(1)} MiB at the end`);
	});
}
