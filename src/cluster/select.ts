import { usageError } from '../model/errors.js';
import type { Rng } from '../model/rng.js';

/** How many of n nodes a word means. A minority leaves a strict majority alive; half rounds down. */
const SIZES: Record<string, (n: number) => number> = {
	one: () => 1,
	minority: (n) => Math.ceil(n / 2) - 1,
	half: (n) => Math.floor(n / 2),
	majority: (n) => Math.floor(n / 2) + 1,
	all: (n) => n,
};

/** The nodes that `target` means, in the cluster's order: one, minority, half, majority, all (which ones: by chance, seeded), or a node's name. */
export const selectNodes = (names: readonly string[], target: string, chance: Rng): string[] => {
	if (names.includes(target)) return [target];
	const size = Object.hasOwn(SIZES, target) ? SIZES[target] : undefined;
	if (!size) {
		throw usageError('E_TARGET', `unknown target '${target}'`, `expected ${Object.keys(SIZES).join(', ')}, or one of the nodes: ${names.join(', ')}`);
	}
	const count = size(names.length);
	if (count < 1)
		throw usageError('E_TARGET', `${names.length === 1 ? '1 node has' : `${names.length} nodes have`} no ${target}`, 'more replicas, or another target');
	const drawn = names.map((name, i) => ({ i, draw: chance.fork(name).next() })).sort((a, b) => a.draw - b.draw || a.i - b.i);
	return drawn
		.slice(0, count)
		.sort((a, b) => a.i - b.i)
		.map(({ i }) => names[i] as string);
};
