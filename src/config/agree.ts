import { isInner, type Plan } from '../model/plan.js';

export interface Disagreement {
	/** The entry of the mix that does not fit; null: the subject, under `key`. */
	mix: number | null;
	key: string;
	expected: string;
	found: string;
	hint?: string;
}

/** HTTP and gRPC: what is sent, who carries it and who answers it must speak the same, where no gateway could translate. */
export const disagreement = ({ cluster, subject, traffic }: Plan): Disagreement | null => {
	if (traffic.command) return null;
	const rpc = traffic.mix.findIndex((entry) => entry.grpc);
	const plain = traffic.mix.findIndex((entry) => !entry.grpc);
	const at = (mix: number, expected: string, hint?: string): Disagreement => {
		const { method, path, grpc } = traffic.mix[mix]!;
		return { mix, key: 'grpc', expected, found: grpc ? `grpc: ${path.slice(1)}` : `${method} ${path}`, ...(hint !== undefined && { hint }) };
	};
	if (subject.kind === 'grpcJs' && plain >= 0) return at(plain, 'a gRPC call (grpc: package.Service/Method), for the subject grpcJs carries nothing else');
	if (subject.kind === 'undici' && rpc >= 0) return at(rpc, 'plain HTTP, for the subject undici carries no gRPC');
	if (isInner(subject) && cluster.replica.kind === 'http' && rpc >= 0)
		return at(rpc, 'plain HTTP, for the built-in replicas speak HTTP/1.1', 'cluster: { builtin: { grpc: {} } } speaks gRPC');
	if (isInner(subject) && cluster.replica.kind === 'grpc' && plain >= 0)
		return at(plain, 'a gRPC call (grpc: package.Service/Method), for the built-in replicas speak gRPC', 'cluster: { builtin: { http: {} } } speaks HTTP/1.1');
	if ((subject.kind === 'nginx' || subject.kind === 'haproxy') && subject.config === 'default' && rpc >= 0)
		return {
			mix: null,
			key: subject.kind,
			expected: `a config of yours that carries gRPC (${subject.kind === 'nginx' ? 'listen … http2 and grpc_pass' : 'proto h2'})`,
			found: 'default, which speaks HTTP/1 to the nodes',
			hint: 'docs/grpc.md has one to begin with',
		};
	return null;
};
