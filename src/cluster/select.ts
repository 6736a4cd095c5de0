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
	const count = targetCount(names, target);
	const drawn = drawnOrder(names, chance).slice(0, count);
	return names.filter((name) => drawn.includes(name));
};

/** How many nodes a word such as `majority` means. Throws E_TARGET where it means none, or nothing. */
export const targetCount = (names: readonly string[], target: string): number => {
	const size = Object.hasOwn(SIZES, target) ? SIZES[target] : undefined;
	if (!size) {
		throw usageError('E_TARGET', `unknown target '${target}'`, `expected ${Object.keys(SIZES).join(', ')}, or one of the nodes: ${names.join(', ')}`);
	}
	const count = size(names.length);
	if (count < 1)
		throw usageError('E_TARGET', `${names.length === 1 ? '1 node has' : `${names.length} nodes have`} no ${target}`, 'more replicas, or another target');
	return count;
};

/** All of them, in the order in which chance takes them; a node's draw depends on its name alone. */
export const drawnOrder = (names: readonly string[], chance: Rng): string[] =>
	names
		.map((name, i) => ({ name, i, draw: chance.fork(name).next() }))
		.sort((a, b) => a.draw - b.draw || a.i - b.i)
		.map(({ name }) => name);
