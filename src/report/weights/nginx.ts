import { address, because, checked, type WeightWriter } from './writer.js';

/** An upstream block; what is down says so, since nginx knows no weight of 0. */
export const nginx: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	const lines = servers.map((s) => `\tserver ${address(s)} ${s.weight === 0 ? 'down' : `weight=${s.weight}`}; # ${because(s)}`);
	return `upstream ${pool} {\n${lines.join('\n')}\n}\n`;
};
