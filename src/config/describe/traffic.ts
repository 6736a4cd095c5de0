import type { TrafficSpec } from '../../model/plan.js';
import { type Tree, time } from './tree.js';

export const traffic = (traffic: TrafficSpec): Tree => ({
	rate: `${traffic.rate}/s`,
	pacing: traffic.pacing,
	timeout: time(traffic.timeoutMs),
	connections: traffic.connections,
	mix: traffic.mix.map(({ headers, body, ok, ...entry }) => ({
		...entry,
		...(Object.keys(headers).length > 0 && { headers }),
		ok: `status ${ok.op} ${ok.status}`,
		...(body !== null && { body }),
	})),
});
