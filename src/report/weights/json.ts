import { address, checked, type WeightWriter } from './writer.js';

/** Weight by address, for scripts. */
export const json: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	const weights = servers.map((s) => ({ address: address(s), endpoint: s.endpoint, state: s.state, weight: s.weight }));
	return `${JSON.stringify({ pool, weights }, null, 2)}\n`;
};
