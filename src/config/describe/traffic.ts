import type { Correlation, MixEntry, OkPredicate, RateStage, TrafficSpec } from '../../model/plan.js';
import { grpcCodeName } from '../../wire/grpc.js';
import { type Tree, time } from './tree.js';

export const traffic = (traffic: TrafficSpec): Tree => {
	const { command, correlate } = traffic;
	const where = correlate ? { correlate: correlation(correlate) } : {};
	if (command) return { command: command.argv, env: command.env, cwd: command.cwd, finish: time(command.finishMs), ...where };
	return {
		rate: traffic.stages ? traffic.stages.map(stage) : `${traffic.rate}/s`,
		pacing: traffic.pacing,
		timeout: time(traffic.timeoutMs),
		connections: traffic.connections,
		...(traffic.clients !== undefined && { clients: traffic.clients }),
		...where,
		mix: traffic.mix.map(mixEntry),
	};
};

const mixEntry = ({ method, path, headers, body, ok, grpc, ...entry }: MixEntry): Tree => ({
	...(grpc ? { grpc: path.slice(1) } : { method, path }),
	...entry,
	...(Object.keys(headers).length > 0 && { headers }),
	ok: grpc ? goodCodes(grpc.ok) : okTree(ok),
	...(body !== null && { [grpc?.encoding === 'base64' ? 'bodyBase64' : 'body']: body }),
});

const goodCodes = (codes: readonly number[]): Tree => (codes.length === 1 ? `grpc ${grpcCodeName(codes[0] as number)}` : codes.map(grpcCodeName));

const stage = ({ forMs, from, to }: RateStage): Tree => ({ for: time(forMs), rate: from === to ? `${from}/s` : `${from}/s..${to}/s` });

const okTree = ({ op, status, body, header }: OkPredicate): Tree =>
	body === undefined && header === undefined
		? `status ${op} ${status}`
		: { status: `${op} ${status}`, ...(body !== undefined && { body }), ...(header !== undefined && { header }) };

/** As the file writes it. */
export const correlation = (how: Correlation): string => (how.kind === 'trace' ? how.kind : `${how.kind} ${how.kind === 'body' ? how.pointer : how.name}`);
