import type { TrafficSpec } from '../model/plan.js';
import { openSender, type Sender } from './send.js';
import { warmUp } from './warm-up.js';

/** What the mix needs, warm: HTTP/1.1, gRPC, or both behind one face. What it does not need is not loaded. */
export const senderFor = async ({ connections, mix }: Pick<TrafficSpec, 'connections' | 'mix'>): Promise<Sender> => {
	const http = mix.some((entry) => !entry.grpc) ? await openSender(connections) : null;
	const grpc = mix.some((entry) => entry.grpc) ? (await import('./grpc-send.js')).openGrpcSender(connections) : null;
	if (http) await warmUp(http);
	if (grpc) await (await import('./grpc-warm-up.js')).grpcWarmUp(grpc);
	if (!http || !grpc) return (http ?? grpc) as Sender;
	return {
		send: (to, request, done) => (request.grpc ? grpc : http).send(to, request, done),
		async close() {
			await Promise.all([http.close(), grpc.close()]);
		},
	};
};
