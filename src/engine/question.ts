import type { ClusterSpec, MixEntry } from '../model/plan.js';

/** How nodes are asked whether they are there. */
export interface Question {
	probePath: string;
	probeProtocol: 'http' | 'grpc';
}

/** In what the replicas speak, as far as the plan tells: by their kind, by their ready check, or by what is sent to them. */
export const questionFor = ({ replica }: ClusterSpec, mix: readonly MixEntry[] = []): Question => {
	if (replica.kind !== 'command') return { probePath: '/', probeProtocol: replica.kind };
	const { check } = replica.ready;
	if (check.kind === 'http') return { probePath: check.path, probeProtocol: 'http' };
	const rpc = check.kind === 'grpc' || (mix.length > 0 && mix.every((entry) => entry.grpc));
	return { probePath: '/', probeProtocol: rpc ? 'grpc' : 'http' };
};
