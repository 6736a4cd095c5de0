import { checked, serverName, type WeightWriter } from './writer.js';

/** Lines for HAProxy's stats socket, for servers that are called as the `haproxy` lines call them: nothing is reloaded. */
export const haproxyRuntime: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	return servers.map((s) => `set server ${pool}/${serverName(s)} weight ${s.weight}\n`).join('');
};
