import type { MixEntry, Plan } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import { quote, type Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveGrpcCall } from './grpc-call.js';

export const resolveTraffic = (given: File['traffic'], reader: Reader, mix: MixEntry[]): Plan['traffic'] => {
	const made = defaults.traffic();
	return {
		rate: given?.rate ?? made.rate,
		pacing: given?.pacing ?? made.pacing,
		timeoutMs: given?.timeout ?? made.timeoutMs,
		connections: given?.connections ?? made.connections,
		mix:
			given?.mix?.map((entry): MixEntry => {
				if (entry.grpc !== undefined) return resolveGrpcCall(entry, entry.grpc, reader);
				const { ok, grpc: _, bodyBase64, ...rest } = entry;
				if (bodyBase64 !== undefined) throw reader.wrongKey(entry, 'bodyBase64', 'a body as text, for this is no gRPC call', quote(bodyBase64));
				if (ok && !('http' in ok)) throw reader.wrongKey(entry, 'ok', "a condition on the status, such as 'status < 500'", 'codes of gRPC');
				if (entry.body !== undefined && (entry.method === 'TRACE' || entry.method === 'HEAD')) {
					throw reader.wrongKey(entry, 'body', `no body with ${entry.method}`, quote(entry.body));
				}
				return { ...defaults.mixEntry(entry.method, entry.path), ...rest, ...(ok && { ok: ok.http }) };
			}) ?? mix,
	};
};
