import test from 'ava';
import { hash } from '../../src/policies/hash.js';
import { maglev, maglevTable, TABLE_SIZE } from '../../src/policies/maglev.js';
import { homes, strays } from './keys.js';
import { candidates } from './table.js';

const counts = (table: Uint16Array, n: number): number[] => {
	const seen = new Array<number>(n).fill(0);
	for (const host of table) seen[host]! += 1;
	return seen;
};

test('equal hosts fill the table to within one place of each other', (t) => {
	const seen = counts(maglevTable(candidates(...new Array<number>(7).fill(1))), 7);
	t.is(
		seen.reduce((sum, n) => sum + n, 0),
		TABLE_SIZE,
	);
	t.true(Math.max(...seen) - Math.min(...seen) <= 1, String(seen));
});

test('weights fill it in proportion', (t) => {
	const seen = counts(maglevTable(candidates(4, 2, 1, 1)), 4);
	for (const [i, weight] of [4, 2, 1, 1].entries()) t.true(Math.abs((seen[i] as number) / TABLE_SIZE - weight / 8) < 0.001, String(seen));
});

test('the fill is that of the paper: whole preference lists, turns in order', (t) => {
	for (const size of [7, 13, 101]) {
		const hosts = candidates(1, 1, 1);
		const lists = hosts.map(({ name }) => Array.from({ length: size }, (_, j) => ((hash(name) % size) + j * ((hash(name, 1) % (size - 1)) + 1)) % size));
		const expected = new Map<number, number>();
		for (let turn = 0; expected.size < size; turn++) {
			const free = lists[turn % 3]?.find((place) => !expected.has(place)) as number;
			expected.set(free, turn % 3);
		}
		t.deepEqual(
			[...maglevTable(hosts, size)],
			Array.from({ length: size }, (_, place) => expected.get(place)),
		);
	}
});

test('when a node goes, its users move, and few others', (t) => {
	const all = candidates(...new Array<number>(10).fill(1));
	const before = homes(maglev(), all);
	const after = homes(
		maglev(),
		all.filter(({ index }) => index !== 3),
	);
	const stray = strays(before, after, 3);
	t.true(stray > 0 && stray < 0.1, `a ring moves none: ${stray}`);
});

test('a set that was seen before has its old table', (t) => {
	const policy = maglev();
	const all = candidates(1, 1, 1);
	const before = homes(policy, all, 2000);
	homes(policy, all.slice(1), 10);
	t.deepEqual(homes(policy, all, 2000), before);
});
