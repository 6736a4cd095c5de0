import type { ClusterNode } from './cluster.js';

const lasts = new WeakMap<ClusterNode, Promise<unknown>>();

/** One thing at a time at each node, in the order of asking: a heal must not kill what a recovery is just starting. */
export const inTurn = <T>(node: ClusterNode, work: () => Promise<T>): Promise<T> => {
	const mine = (lasts.get(node) ?? Promise.resolve()).then(work);
	lasts.set(
		node,
		mine.catch(() => {}),
	);
	return mine;
};
