import { hash } from './hash.js';
import type { Candidate, Policy } from './policy.js';

/** Prime, and the size that Envoy and the paper's small tables use. */
export const TABLE_SIZE = 65_537;

/**
 * Maglev's lookup table (Eisenbud et al., NSDI'16): host i prefers the places offset_i + j · skip_i mod M, and the hosts
 * take turns at their next free preference until the table is full. A host of a k-th of the greatest weight takes every
 * k-th turn, as in Envoy. Places hold positions in `hosts`.
 */
export const maglevTable = (hosts: readonly Pick<Candidate, 'name' | 'weight'>[], size = TABLE_SIZE): Uint16Array => {
	const EMPTY = 0xffff;
	const table = new Uint16Array(size).fill(EMPTY);
	const greatest = Math.max(...hosts.map(({ weight }) => weight));
	const turns = hosts.map(({ name, weight }) => ({
		place: hash(name) % size,
		skip: (hash(name, 1) % (size - 1)) + 1,
		share: weight / greatest,
		due: 0,
	}));
	for (let filled = 0, round = 1; filled < size; round++) {
		for (const [host, turn] of turns.entries()) {
			if (round * turn.share < turn.due) continue;
			turn.due += 1;
			while (table[turn.place] !== EMPTY) turn.place = (turn.place + turn.skip) % size;
			table[turn.place] = host;
			filled += 1;
			if (filled === size) break;
		}
	}
	return table;
};

const tables = new Map<string, Uint16Array>();
const MOST_TABLES = 64;

/** The table of these hosts; the latest ones are remembered. */
export const tableOf = (hosts: readonly Pick<Candidate, 'name' | 'weight'>[]): Uint16Array => {
	const signature = JSON.stringify(hosts.map(({ name, weight }) => [name, weight]));
	const table = tables.get(signature) ?? maglevTable(hosts);
	tables.delete(signature);
	tables.set(signature, table);
	if (tables.size > MOST_TABLES) tables.delete(tables.keys().next().value as string);
	return table;
};

/** Maglev hashing: a lookup is one read of a table that is built anew for each set of eligible nodes. Evener than a ring; when a node goes, a few keys of the others move too. */
export const maglev = (): Policy => {
	let hosts: Candidate[] = [];
	let table: Uint16Array = new Uint16Array();
	const same = (candidates: readonly Candidate[]): boolean =>
		hosts.length === candidates.length && hosts.every((host, i) => host.index === candidates[i]?.index && host.weight === candidates[i]?.weight);
	return {
		pick(candidates, rng, _now, key = String(rng.next())) {
			if (!same(candidates)) {
				hosts = [...candidates];
				table = tableOf(hosts);
			}
			return table[hash(key) % table.length] as number;
		},
	};
};
