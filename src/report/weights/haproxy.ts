import { address, because, checked, serverName, type WeightWriter } from './writer.js';

export const HAPROXY_MOST = 256;

/** Server lines of a backend. HAProxy takes weights up to 256. A weight of 0 gets no new sessions, `disabled` no checks either: it stays enabled, so that its check can bring it back. */
export const haproxy: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	const lines = servers.map((s) => `\tserver ${serverName(s)} ${address(s)} weight ${Math.min(s.weight, HAPROXY_MOST)} check # ${because(s)}`);
	return `backend ${pool}\n${lines.join('\n')}\n`;
};
