import { loadSource } from '../discovery/index.js';
import type { Following } from '../discovery/source.js';
import type { Clock } from '../model/clock.js';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { NoteEvent } from '../model/event.js';
import { addressOf } from '../model/target.js';
import type { Resolving } from '../resilience/call.js';

const FIRST_MS = 10_000;

export interface ResolveNeeds {
	/** Of any source: `consul://…`, `zk://…`, `nginx:FILE#upstream` … */
	address: string;
	nodes: readonly Endpoint[];
	brain: Resolving;
	clock: Clock;
	record(event: NoteEvent): void;
}

/**
 * Lets the built-in client resolve its nodes: it sends to those that the registry lists and does not call down. What it
 * lists besides is no node of ours, and never gets traffic. When the registry is lost, the last list stays. Resolves at
 * the first list that holds a node; E_RESOLVE (exit 4) without one within 10 s.
 */
export const resolveNodes = async ({ address, nodes, brain, clock, record }: ResolveNeeds): Promise<Following> => {
	const note = (text: string): void => record({ kind: 'note', t: clock.now(), text });
	const indexOf = new Map(nodes.map((node, index) => [hostPort(node), index]));
	const strangers = new Set<string>();
	let trouble = 'it has not answered yet';
	let found: () => void = () => {};
	const first = new Promise<void>((resolve) => {
		found = resolve;
	});
	let lost = false;
	const { kind, bare } = await loadSource(address);
	const following = kind.follow(
		bare,
		{
			listed(entries) {
				lost = false;
				const listed = new Set<number>();
				for (const { target, status } of entries) {
					const index = indexOf.get(addressOf(target));
					if (index !== undefined) {
						if (status !== 'down') listed.add(index);
					} else if (strangers.size < 20 && !strangers.has(addressOf(target))) {
						strangers.add(addressOf(target));
						note(`the registry lists ${addressOf(target)} too, which is no node of this cluster: it gets no traffic`);
					}
				}
				brain.listed(listed);
				trouble = 'it lists no node of this cluster';
				if (listed.size > 0) found();
			},
			lost(reason) {
				trouble = reason;
				if (!lost) note(`the client keeps its last list of nodes: ${reason}`);
				lost = true;
			},
		},
		clock,
	);
	const limit = new Promise<never>((_, reject) => {
		const cancel = clock.at(clock.now() + FIRST_MS, () =>
			reject(stageError('E_RESOLVE', `the client found no node within ${FIRST_MS} ms: ${trouble}`, 'see subject.client.resolve')),
		);
		void first.then(cancel);
	});
	try {
		await Promise.race([first, limit]);
	} catch (error) {
		await following.close();
		throw error;
	}
	return following;
};
