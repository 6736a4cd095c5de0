import type { MixEntry, Plan } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import { quote, type Reader } from '../reader.js';
import type { File } from '../schema/index.js';

export const resolveTraffic = (given: File['traffic'], reader: Reader): Plan['traffic'] => {
	const made = defaults.traffic();
	return {
		rate: given?.rate ?? made.rate,
		pacing: given?.pacing ?? made.pacing,
		timeoutMs: given?.timeout ?? made.timeoutMs,
		connections: given?.connections ?? made.connections,
		mix:
			given?.mix?.map((entry): MixEntry => {
				if (entry.body !== undefined && (entry.method === 'TRACE' || entry.method === 'HEAD')) {
					throw reader.wrongKey(entry, 'body', `no body with ${entry.method}`, quote(entry.body));
				}
				return { ...defaults.mixEntry(entry.method, entry.path), ...entry };
			}) ?? made.mix,
	};
};
