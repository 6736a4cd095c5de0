import * as http2 from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
	type ClientOptions,
	credentials,
	type Metadata,
	Server,
	ServerCredentials,
	type ServerDuplexStream,
	ServerInterceptingCall,
	type ServerReadableStream,
	type ServerUnaryCall,
	type ServerWritableStream,
	type ServiceDefinition,
	type sendUnaryData,
	status,
} from '@grpc/grpc-js';
import type { ExecutionContext } from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';

const raw = (value: Buffer): Buffer => value;
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
	path: `/daruma.test.Calls/${name}`,
	requestStream,
	responseStream,
	requestSerialize: raw,
	requestDeserialize: raw,
	responseSerialize: raw,
	responseDeserialize: raw,
});
export const CALLS = {
	unary: method('Unary', false, false),
	download: method('Download', false, true),
	upload: method('Upload', true, false),
	talk: method('Talk', true, true),
};
const SERVICE = CALLS as unknown as ServiceDefinition;

export interface GrpcStage {
	port: number;
	/** Ids in the order in which calls began. */
	received: string[];
	/** What it said at the end of each call, by id. */
	said: Map<string, number>;
	/** Handlers that ran. */
	executed: string[];
}
const idOf = (metadata: Metadata): string => String(metadata.get('x-daruma-id')[0] ?? '');
const wish = (metadata: Metadata, name: string): number => Number(metadata.get(name)[0] ?? 0);

/** @grpc/grpc-js with a ledger of its own: every kind of call, which fail on demand (`code`), and answer with `size` bytes `count` times. */
export const grpcServer = async (t: ExecutionContext, options: ClientOptions = {}): Promise<GrpcStage> => {
	const stage: GrpcStage = { port: 0, received: [], said: new Map(), executed: [] };
	const server = new Server({
		...options,
		interceptors: [
			(_, call) => {
				let id = '';
				return new ServerInterceptingCall(call, {
					start: (next) =>
						next({
							onReceiveMetadata: (metadata, more) => {
								id = idOf(metadata);
								stage.received.push(id);
								more(metadata);
							},
						}),
					sendStatus: (result, next) => {
						stage.said.set(id, result.code);
						next(result);
					},
				});
			},
		],
	});
	const failure = (metadata: Metadata) => {
		const code = wish(metadata, 'code');
		return code === 0 ? null : { code, details: `wanted ${code}` };
	};
	const body = (metadata: Metadata): Buffer => Buffer.alloc(wish(metadata, 'size'), 'answer ');
	server.addService(SERVICE, {
		unary: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
			stage.executed.push(idOf(call.metadata));
			const failed = failure(call.metadata);
			const late = wish(call.metadata, 'late');
			const end = (): void => (failed ? answer(failed) : answer(null, body(call.metadata)));
			if (late > 0) setTimeout(end, late);
			else end();
		},
		download: (call: ServerWritableStream<Buffer, Buffer>) => {
			stage.executed.push(idOf(call.metadata));
			const failed = failure(call.metadata);
			for (let i = wish(call.metadata, 'count'); i > 0; i--) call.write(body(call.metadata));
			if (failed) call.emit('error', failed);
			else call.end();
		},
		upload: (call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
			stage.executed.push(idOf(call.metadata));
			call.on('error', () => {});
			call.on('data', () => {});
			call.on('end', () => answer(failure(call.metadata), body(call.metadata)));
		},
		talk: (call: ServerDuplexStream<Buffer, Buffer>) => {
			stage.executed.push(idOf(call.metadata));
			call.on('error', () => {});
			call.on('data', (piece: Buffer) => call.write(piece));
			call.on('end', () => {
				const failed = failure(call.metadata);
				if (failed) call.emit('error', failed);
				else call.end();
			});
		},
	});
	stage.port = await new Promise<number>((resolve, reject) =>
		server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
	);
	t.teardown(() => server.forceShutdown());
	return stage;
};

/** Never shares its connection with another client, and never tries again by itself. */
export const LONE: ClientOptions = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 };
export const insecure = credentials.createInsecure();
export { status };

export interface Relay {
	port: number;
	/** By connection, in the order of their first bytes. */
	up: Buffer[][];
	down: Buffer[][];
}

/** Passes bytes on in random cuts, and keeps what it passed. */
export const cutter = async (t: ExecutionContext, to: number, seed: number): Promise<Relay> => {
	const chance: Rng = rng(seed);
	const relay: Relay = { port: 0, up: [], down: [] };
	const sockets = new Set<Socket>();
	const pipe = (from: Socket, into: Socket, kept: Buffer[]): void => {
		from.on('data', (bytes: Buffer) => {
			kept.push(bytes);
			for (let at = 0; at < bytes.length; ) {
				const size = 1 + Math.floor(chance.next() ** 4 * 20_000);
				into.write(bytes.subarray(at, at + size));
				at += size;
			}
		});
		from.on('end', () => into.end());
		from.on('error', () => into.resetAndDestroy());
		from.on('close', () => sockets.delete(from));
	};
	const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
		const other = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
		sockets.add(client).add(other);
		const kept: [Buffer[], Buffer[]] = [[], []];
		relay.up.push(kept[0]);
		relay.down.push(kept[1]);
		pipe(client, other, kept[0]);
		pipe(other, client, kept[1]);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	relay.port = (server.address() as AddressInfo).port;
	return relay;
};

/** node:http2 as a replica: keeps what it was asked, answers with the request's id. */
export const http2Server = async (
	t: ExecutionContext,
	onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
	settings: http2.Settings = {},
): Promise<number> => {
	const server = http2.createServer({ settings });
	const sessions = new Set<http2.ServerHttp2Session>();
	server.on('session', (session) => sessions.add(session.on('error', () => {})));
	server.on('stream', (stream, headers) => {
		stream.on('error', () => {});
		onStream(stream, headers);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		for (const session of sessions) session.destroy();
		server.close();
	});
	return (server.address() as AddressInfo).port;
};

export interface Heard {
	status: number;
	headers: http2.IncomingHttpHeaders;
	body: string;
	/** Of RST_STREAM. */
	code: number;
	ended: boolean;
}

/** One client, one connection. */
export class H2Client {
	readonly session: http2.ClientHttp2Session;
	/** Why the connection ended; '' while it has not. */
	broken = '';
	readonly closed: Promise<void>;
	constructor(t: ExecutionContext, port: number, settings: http2.Settings = {}) {
		this.session = http2.connect(`http://127.0.0.1:${port}`, { settings });
		this.session.on('error', (error: NodeJS.ErrnoException) => {
			this.broken = error.code ?? error.message;
		});
		this.closed = new Promise((resolve) =>
			this.session.on('close', () => {
				this.broken ||= 'closed';
				resolve();
			}),
		);
		t.teardown(() => this.session.destroy());
	}
	/** Without `body` the request is whole at once; `open`: it is never ended. */
	stream(headers: http2.OutgoingHttpHeaders, body?: string | Buffer, open = false): { stream: http2.ClientHttp2Stream; heard: Promise<Heard> } {
		const stream = this.session.request(headers, { endStream: body === undefined && !open });
		const found: Heard = { status: 0, headers: {}, body: '', code: -1, ended: false };
		stream.on('response', (h) => Object.assign(found, { status: Number(h[':status']), headers: h }));
		stream.on('data', (piece) => {
			found.body += piece;
		});
		stream.on('end', () => {
			found.ended = true;
		});
		stream.on('error', () => {});
		const heard = new Promise<Heard>((resolve) => stream.on('close', () => resolve({ ...found, code: stream.rstCode ?? -1 })));
		if (body !== undefined) {
			if (open) stream.write(body);
			else stream.end(body);
		}
		return { stream, heard };
	}
	ask(headers: http2.OutgoingHttpHeaders, body?: string | Buffer): Promise<Heard> {
		return this.stream(headers, body).heard;
	}
}
