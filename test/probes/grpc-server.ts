import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream, type ServiceDefinition, type sendUnaryData, status } from '@grpc/grpc-js';
import type { ExecutionContext } from 'ava';

const asIs = (bytes: Buffer): Buffer => bytes;
const method = (path: string, responseStream = false) => ({
	path,
	requestStream: false,
	responseStream,
	requestSerialize: asIs,
	requestDeserialize: asIs,
	responseSerialize: asIs,
	responseDeserialize: asIs,
});
const HEALTH: ServiceDefinition = { Check: method('/grpc.health.v1.Health/Check'), Watch: method('/grpc.health.v1.Health/Watch', true) };
const ECHO: ServiceDefinition = { Say: method('/test.Echo/Say') };

/** The name in a HealthCheckRequest that is shorter than 128 bytes. */
const nameIn = (request: Buffer): string => request.subarray(2).toString();
export const serving = (state: number): Buffer => Buffer.from([8, state]);

export interface HealthServer {
	port: number;
	/** Services and their ServingStatus; whoever watches is told of a change. */
	set(service: string, state: number): void;
	/** Metadata of the latest call. */
	seen: Record<string, unknown>;
	server: Server;
	watchers(): number;
}

/** @grpc/grpc-js with health v1 as its document says, and an echo that fails on demand. */
export const healthServer = async (
	t: ExecutionContext,
	{ delayMs = 0, watch = true, credentials = ServerCredentials.createInsecure() } = {},
): Promise<HealthServer> => {
	const states = new Map<string, number>([['', 1]]);
	const streams = new Set<{ name: string; call: ServerWritableStream<Buffer, Buffer> }>();
	const server = new Server();
	let seen: Record<string, unknown> = {};
	server.addService(watch ? HEALTH : { Check: HEALTH.Check as never }, {
		Check(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
			seen = call.metadata.getMap();
			const state = states.get(nameIn(call.request));
			setTimeout(() => {
				if (state === undefined) answer({ code: status.NOT_FOUND, details: 'unknown service ü' });
				else answer(null, serving(state));
			}, delayMs);
		},
		Watch(call: ServerWritableStream<Buffer, Buffer>) {
			const one = { name: nameIn(call.request), call };
			streams.add(one);
			call.on('cancelled', () => streams.delete(one)).on('close', () => streams.delete(one));
			call.write(serving(states.get(one.name) ?? 3));
		},
	});
	server.addService(ECHO, {
		Say(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
			if (call.request.toString() === 'no') answer({ code: status.PERMISSION_DENIED, details: '100% no\n' });
			else answer(null, call.request);
		},
	});
	const port = await new Promise<number>((resolve, reject) =>
		server.bindAsync('127.0.0.1:0', credentials, (error, at) => (error ? reject(error) : resolve(at))),
	);
	t.teardown(() => server.forceShutdown());
	return {
		port,
		server,
		get seen() {
			return seen;
		},
		set(service, state) {
			states.set(service, state);
			for (const { name, call } of streams) if (name === service) call.write(serving(state));
		},
		watchers: () => streams.size,
	};
};

/** Another server: node:http2, and each stream as the test wants it. */
export const http2Server = async (t: ExecutionContext, serve: (stream: ServerHttp2Stream, server: Http2Server) => void, settings = {}): Promise<number> => {
	const server = createHttp2Server({ settings });
	server.on('stream', (stream) => {
		stream.on('error', () => {});
		serve(stream, server);
	});
	server.on('sessionError', () => {});
	const sessions = new Set<import('node:http2').ServerHttp2Session>();
	server.on('session', (session) => sessions.add(session));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		for (const session of sessions) session.destroy();
		server.close();
	});
	return (server.address() as AddressInfo).port;
};

export const framed = (message: Uint8Array, compressed = 0): Buffer => {
	const head = Buffer.from([compressed, 0, 0, 0, 0]);
	head.writeUInt32BE(message.length, 1);
	return Buffer.concat([head, message]);
};

/** Head, one message, trailers. */
export const answer = (stream: ServerHttp2Stream, message: Uint8Array, trailers: Record<string, string> = { 'grpc-status': '0' }): void => {
	stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
	stream.on('wantTrailers', () => stream.sendTrailers(trailers));
	stream.end(framed(message));
};
