import { address, because, checked, serverName, type WeightWriter } from './writer.js';

/** Server lines of a backend. HAProxy takes weights up to 256, and ours never exceed 100 for fewer servers than that. A weight of 0 gets no new sessions, `disabled` no checks either: it stays enabled, so that its check can bring it back. */
export const haproxy: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	const lines = servers.map((s) => `\tserver ${serverName(s)} ${address(s)} weight ${s.weight} check # ${because(s)}`);
	return `backend ${pool}\n${lines.join('\n')}\n`;
};
