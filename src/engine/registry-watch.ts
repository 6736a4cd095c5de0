import { loadSource } from '../discovery/index.js';
import type { Listed } from '../discovery/source.js';
import type { Cancel, Clock } from '../model/clock.js';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { StateEvent } from '../model/event.js';
import { type RegisterSpec, sourceOf } from '../model/registration.js';
import { addressOf } from '../model/target.js';

const LISTED_MS = 10_000;

export interface RegistryWatch {
	stop(): Promise<void>;
}

/** `up`: the registry gives the node to who asks for it. */
const stateIn = (entries: readonly Listed[], node: Endpoint): Pick<StateEvent, 'state' | 'detail'> => {
	const found = entries.filter((entry) => addressOf(entry.target) === hostPort(node));
	const good = found.find((entry) => entry.status !== 'down');
	if (good) return { state: 'up' };
	return { state: 'down', detail: found[0] ? (found[0].detail ?? 'listed as down') : 'not listed' };
};

/**
 * The cluster as its registry shows it to everybody else: each change of a node goes into the history, by the registry's
 * name. Resolves when it gives every node; E_REGISTER (exit 4) if it does not within 10 s.
 */
export const watchRegistry = async (
	spec: RegisterSpec,
	nodes: readonly Endpoint[],
	clock: Clock,
	record: (event: StateEvent) => void,
): Promise<RegistryWatch> => {
	const states = new Map<string, StateEvent['state']>();
	let trouble = 'it has not answered yet';
	let allUp: () => void = () => {};
	const ready = new Promise<void>((resolve) => {
		allUp = resolve;
	});
	const tell = (node: Endpoint, next: Pick<StateEvent, 'state' | 'detail'>): void => {
		if (states.get(node.name) === next.state) return;
		states.set(node.name, next.state);
		record({ kind: 'state', t: clock.now(), endpoint: node.name, by: spec.kind, ...next });
	};
	const { kind } = await loadSource(sourceOf(spec));
	const following = kind.follow(
		sourceOf(spec),
		{
			listed(entries) {
				for (const node of nodes) tell(node, stateIn(entries, node));
				const missing = nodes.filter((node) => states.get(node.name) !== 'up');
				trouble = `it does not give ${missing.map(({ name }) => name).join(', ')}`;
				if (missing.length === 0) allUp();
			},
			lost(reason) {
				trouble = reason;
				for (const node of nodes) tell(node, { state: 'unknown', detail: reason });
			},
		},
		clock,
	);
	let cancel: Cancel = () => {};
	const late = new Promise<never>((_, reject) => {
		const why = (): Error =>
			stageError(
				'E_REGISTER',
				`${sourceOf(spec)} did not list the cluster within ${LISTED_MS} ms: ${trouble}`,
				'is it the registry that the nodes register with?',
			);
		cancel = clock.at(clock.now() + LISTED_MS, () => reject(why()));
	});
	try {
		await Promise.race([ready, late]);
	} catch (error) {
		await following.close();
		throw error;
	} finally {
		cancel();
	}
	return { stop: () => following.close() };
};
