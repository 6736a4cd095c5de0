import type { MixEntry, TrafficSpec } from '../../model/plan.js';
import { grpcCodeName } from '../../wire/grpc.js';
import { type Tree, time } from './tree.js';

export const traffic = (traffic: TrafficSpec): Tree => ({
	rate: `${traffic.rate}/s`,
	pacing: traffic.pacing,
	timeout: time(traffic.timeoutMs),
	connections: traffic.connections,
	mix: traffic.mix.map(mixEntry),
});

const mixEntry = ({ method, path, headers, body, ok, grpc, ...entry }: MixEntry): Tree => ({
	...(grpc ? { grpc: path.slice(1) } : { method, path }),
	...entry,
	...(Object.keys(headers).length > 0 && { headers }),
	ok: grpc ? goodCodes(grpc.ok) : `status ${ok.op} ${ok.status}`,
	...(body !== null && { [grpc?.encoding === 'base64' ? 'bodyBase64' : 'body']: body }),
});

const goodCodes = (codes: readonly number[]): Tree => (codes.length === 1 ? `grpc ${grpcCodeName(codes[0] as number)}` : codes.map(grpcCodeName));
