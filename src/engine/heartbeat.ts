import type { ClusterNode } from '../cluster/cluster.js';
import { ask } from '../faults/observe.js';
import type { Clock } from '../model/clock.js';
import type { StateEvent } from '../model/event.js';

const EVERY_MS = 250;
const FALL = 2;

/**
 * daruma's own opinion of each node, from outside: a fresh connection and one request every 250 ms, down after two
 * failures, up after one answer. For the reader of the timeline; no verdict rests on it.
 */
export const heartbeat = (nodes: readonly ClusterNode[], path: string, clock: Clock, record: (event: StateEvent) => void): (() => void) => {
	let stopped = false;
	const failures = new Map<string, number>();
	const states = new Map<string, StateEvent['state']>();
	const beat = async (node: ClusterNode): Promise<void> => {
		const answer = await ask(node, path, 500);
		if (stopped) return;
		const failed = answer.status === undefined ? (failures.get(node.name) ?? 0) + 1 : 0;
		failures.set(node.name, failed);
		const state = failed === 0 ? 'up' : failed >= FALL ? 'down' : (states.get(node.name) ?? 'unknown');
		if (state === states.get(node.name)) return;
		states.set(node.name, state);
		record({ kind: 'state', t: clock.now(), endpoint: node.name, state, by: 'heartbeat', ...(answer.reason === undefined ? {} : { detail: answer.reason }) });
	};
	const timer = setInterval(() => {
		for (const node of nodes) void beat(node);
	}, EVERY_MS);
	return () => {
		stopped = true;
		clearInterval(timer);
	};
};
