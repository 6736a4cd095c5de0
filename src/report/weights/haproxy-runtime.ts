import { HAPROXY_MOST } from './haproxy.js';
import { checked, serverName, type WeightWriter } from './writer.js';

/** Lines for HAProxy's stats socket, for servers that are called as the `haproxy` lines call them: nothing is reloaded. */
export const haproxyRuntime: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	return servers.map((s) => `set server ${pool}/${serverName(s)} weight ${Math.min(s.weight, HAPROXY_MOST)}\n`).join('');
};
