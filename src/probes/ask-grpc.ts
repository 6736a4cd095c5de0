import { connect } from 'node:http2';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import { GrpcMessages, grpcMessage } from '../wire/grpc.js';
import { healthRequest, servingStatus } from '../wire/grpc-health.js';
import type { AskOptions, ProbeAnswer } from './ask-http.js';

/** SERVING of grpc.health.v1; and the code of a server that has no health service. */
const SERVING = 1;
const UNIMPLEMENTED = 12;

/**
 * One health Check of `service` ('' is the whole server) on a fresh connection, as a gRPC client would; never rejects.
 * Good is SERVING, or a server that answers and has no health service. `status` is HTTP's, `grpcStatus` gRPC's.
 */
export const askGrpc = (endpoint: Pick<Endpoint, 'host' | 'port'>, service: string, options: AskOptions): Promise<ProbeAnswer> =>
	new Promise((resolve) => {
		const start = process.hrtime.bigint();
		let status: number | undefined;
		let grpcStatus: number | undefined;
		let serving = -1;
		let failed: string | undefined;
		const done = (reason?: string): void => {
			clearTimeout(timer);
			options.signal?.removeEventListener('abort', abort);
			const ms = Number(process.hrtime.bigint() - start) / 1e6;
			const ok = reason === undefined && (grpcStatus === UNIMPLEMENTED || (grpcStatus === 0 && serving === SERVING));
			const why = reason ?? (ok ? undefined : grpcStatus === 0 ? 'not serving' : undefined);
			resolve({ ok, ms, ...(status !== undefined && { status }), ...(grpcStatus !== undefined && { grpcStatus }), ...(why !== undefined && { reason: why }) });
			session.destroy();
		};
		const abort = (): void => done('aborted');
		const told = (error: NodeJS.ErrnoException): void => {
			// A stream that ends with its connection says so, and has the reason as its cause.
			failed ??= (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.code ?? error.message;
		};
		const heard = (headers: Record<string, unknown>): void => {
			if (typeof headers['grpc-status'] === 'string') grpcStatus = Number(headers['grpc-status']);
		};
		const session = connect(`http://${hostPort(endpoint)}`);
		// Both have errors of their own, and one of neither is heard is the end of the process.
		session.on('error', told);
		session.once('close', () => done(failed ?? 'cut'));
		const stream = session.request({
			':method': 'POST',
			':path': '/grpc.health.v1.Health/Check',
			te: 'trailers',
			'content-type': 'application/grpc',
			...options.headers,
		});
		const messages = new GrpcMessages(65_536);
		stream.on('error', told);
		stream.on('response', (headers) => {
			status = headers[':status'];
			heard(headers);
		});
		stream.on('trailers', heard);
		stream.on('data', (bytes: Buffer) => {
			messages.read(bytes, (message) => {
				serving = servingStatus(message);
			});
		});
		stream.once('close', () => done(grpcStatus !== undefined || (status !== undefined && status !== 200) ? undefined : (failed ?? 'cut')));
		stream.end(grpcMessage(healthRequest(service)));
		const timer = setTimeout(() => done('timeout'), options.timeoutMs);
		options.signal?.addEventListener('abort', abort, { once: true });
		if (options.signal?.aborted) abort();
	});
