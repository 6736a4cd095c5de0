import { type Endpoint, hostPort } from '../model/endpoint.js';
import type { RouteState, Routing } from '../model/routing.js';
import { FORCED_DRAIN, FORCED_MAINT, type ServerState, serverSessions, serversState, setServerState } from '../systems/haproxy-socket.js';

const WORDS = { in: 'ready', drain: 'drain', out: 'maint' } as const;
const isIn = ({ admin }: ServerState): boolean => (admin & (FORCED_MAINT | FORCED_DRAIN)) === 0;

/**
 * Through HAProxy's runtime API. `in` only takes our own word back: whether the server gets traffic is then up to
 * HAProxy's checks. A node that stands in several backends is turned in each.
 */
export const haproxyRouting = (socket: string, nodes: readonly Endpoint[], backend?: string): Routing => {
	const serversOf = async (name: string): Promise<ServerState[]> => {
		const node = nodes.find((n) => n.name === name);
		const address = node ? hostPort(node) : name;
		const found = (await serversState(socket, backend)).filter((s) => s.address === address || s.server === name);
		if (found.length === 0) throw new Error(`HAProxy knows no server at ${address}`);
		return found;
	};
	return {
		by: 'haproxy',
		async set(name, state) {
			for (const { backend: of, server } of await serversOf(name)) await setServerState(socket, of, server, WORDS[state]);
		},
		async seen(name, state: RouteState) {
			const servers = await serversOf(name);
			if (state === 'in') return servers.every(isIn) ? `ready (srv_op_state ${servers.map((s) => s.operational).join(', ')})` : null;
			const bit = state === 'out' ? FORCED_MAINT : FORCED_DRAIN;
			if (!servers.every((s) => (s.admin & bit) !== 0)) return null;
			if (state === 'out') return 'srv_admin_state says maintenance';
			const left = await Promise.all(servers.map((s) => serverSessions(socket, s.backend, s.server)));
			return left.every((n) => n === 0) ? 'srv_admin_state says drain, and no session is left' : null;
		},
	};
};
