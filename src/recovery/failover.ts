import type { Act, Evidence } from '../faults/act.js';
import { until } from '../faults/observe.js';
import { stageError } from '../model/errors.js';
import type { RouteState, Routing } from '../model/routing.js';
import type { RecoveryContext, RecoveryKindModule } from './act.js';
import { healthy } from './healthy.js';

const SEEN_MS = 5000;

export const routingOf = ({ routing }: Pick<RecoveryContext, 'routing'>): Routing => {
	if (routing) return routing;
	throw stageError(
		'E_NO_ROUTING',
		'this subject cannot be told to take a node out',
		'failover works with nginx, haproxy, the built-in client, and replicas that register in Consul',
	);
};

/** Tells the subject, and waits until the subject itself says so. */
export const route = async (context: Pick<RecoveryContext, 'routing' | 'node' | 'clock'>, state: RouteState, withinMs = SEEN_MS): Promise<Evidence> => {
	const { node, clock } = context;
	const routing = routingOf(context);
	const t = clock.now();
	await routing.set(node.name, state);
	const found = await until(
		clock,
		withinMs,
		() => routing.seen(node.name, state),
		() => `${routing.by} did not say within ${withinMs} ms that ${node.name} is ${state}`,
	);
	return { t, by: routing.by, ...found };
};

const turn = (context: RecoveryContext, to: RouteState, back: RouteState, before: () => Promise<unknown>): Act => {
	let seen: Evidence | null = null;
	return {
		async fire() {
			await before();
			seen = await route(context, to);
		},
		async effective() {
			if (seen === null) throw new Error('nothing was changed yet');
			return seen;
		},
		heal: () => route(context, back),
	};
};

/** Takes the node out of the subject's rotation; taken back by bringing it in. */
export const out: RecoveryKindModule = {
	async arm(context) {
		routingOf(context);
		return turn(context, 'out', 'in', async () => {});
	},
};

/** Brings it in again, when it gives good answers. */
export const bringIn: RecoveryKindModule = {
	async arm(context) {
		routingOf(context);
		return turn(context, 'in', 'out', () => healthy(context, context.deploy.gate));
	},
};
