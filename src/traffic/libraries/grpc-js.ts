import type { ChannelOptions, Client, Metadata, ServiceError } from '@grpc/grpc-js';
import type { Cancel } from '../../model/clock.js';
import { type Endpoint, hostPort } from '../../model/endpoint.js';
import type { GrpcJsSpec } from '../../model/plan.js';
import { findLibrary, loadLibrary } from '../../systems/library.js';
import { grpcCodeName } from '../../wire/grpc.js';
import type { CallResult, ClientCall, Driver } from '../client-driver.js';
import { serviceConfig } from './service-config.js';

type GrpcJs = typeof import('@grpc/grpc-js');

const PREFIX = 5;
const same = (bytes: Buffer): Buffer => bytes;

/**
 * One grpc-js client over all nodes, as a program would make it: what it picks, retries and gives up is its own affair,
 * and it tells nobody. The call's deadline is the user's timeout; the generator's own timer runs beside it, so that a
 * deadline which the library misses shows as what it is.
 */
class GrpcJsDriver implements Driver {
	private readonly grpc: GrpcJs;
	private readonly client: Client;

	constructor(grpc: GrpcJs, client: Client) {
		this.grpc = grpc;
		this.client = client;
	}

	call({ request }: ClientCall, done: (result: CallResult) => void): Cancel {
		const { grpc, path, headers } = request;
		if (!grpc) throw new Error('grpc-js carries gRPC calls only');
		let wanted = true;
		const message = Buffer.from(grpc.message.buffer, grpc.message.byteOffset + PREFIX, grpc.message.byteLength - PREFIX);
		const deadline = Date.now() + grpc.timeoutMs;
		const call = this.client.makeUnaryRequest(path, same, same, message, this.metadata(headers), { deadline }, (error) => {
			// Whoever hears of an end often sends again at once: not from inside the library.
			setImmediate(() => wanted && done(resultOf(error)));
		});
		return () => {
			wanted = false;
			call.cancel();
		};
	}

	private metadata(headers: Record<string, string>): Metadata {
		const metadata = new this.grpc.Metadata();
		for (const [name, value] of Object.entries(headers)) {
			metadata.add(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
		}
		return metadata;
	}
}

/** grpc-js gives a code for whatever happens, and does not say whether a server sent it. */
const resultOf = (error: ServiceError | null): CallResult => {
	const code = error?.code ?? 0;
	return { kind: 'answered', grpcStatus: code, ...(code !== 0 && { error: grpcCodeName(code) }) };
};

const optionsOf = (spec: GrpcJsSpec): ChannelOptions => ({
	'grpc.service_config': JSON.stringify(serviceConfig(spec)),
	...(spec.keepalive && { 'grpc.keepalive_time_ms': spec.keepalive.timeMs, 'grpc.keepalive_timeout_ms': spec.keepalive.timeoutMs }),
});

/** The library is the project's, if that has it. Its first connections are made with the first calls, as in a program. */
export const openGrpcJs = async (spec: GrpcJsSpec, nodes: readonly Endpoint[]): Promise<Driver> => {
	const grpc = loadLibrary<GrpcJs>(findLibrary('@grpc/grpc-js', spec.from));
	const client = new grpc.Client(`ipv4:${nodes.map(hostPort).join(',')}`, grpc.credentials.createInsecure(), optionsOf(spec));
	return new GrpcJsDriver(grpc, client);
};
