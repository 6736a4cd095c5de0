import { request } from 'node:http';
import type { Endpoint } from '../model/endpoint.js';

/** One question, one answer. `status` is there when the head of an answer came; `reason` is a system error code, 'timeout' or 'cut' (the body broke off). */
export interface ProbeAnswer {
	/** A whole answer with a status below 400. */
	ok: boolean;
	status?: number;
	/** Of a gRPC health check. */
	grpcStatus?: number;
	ms: number;
	reason?: string;
}

export interface AskOptions {
	/** For everything: connect, send, and the whole answer. */
	timeoutMs: number;
	headers?: Record<string, string>;
	signal?: AbortSignal;
}

/** GET on a fresh connection, as a client would; never rejects. The timer is our own: nothing else bounds a silent server. */
export const askHttp = (endpoint: Pick<Endpoint, 'host' | 'port'>, path: string, options: AskOptions): Promise<ProbeAnswer> =>
	new Promise((resolve) => {
		const start = process.hrtime.bigint();
		let status: number | undefined;
		const done = (reason?: string): void => {
			clearTimeout(timer);
			options.signal?.removeEventListener('abort', abort);
			const ms = Number(process.hrtime.bigint() - start) / 1e6;
			resolve({ ok: reason === undefined && status !== undefined && status < 400, ms, ...(status && { status }), ...(reason && { reason }) });
			asked.destroy();
		};
		const abort = (): void => done('aborted');
		const asked = request({ host: endpoint.host, port: endpoint.port, path, agent: false, headers: { connection: 'close', ...options.headers } }, (answer) => {
			status = answer.statusCode;
			answer.on('end', () => done(answer.complete ? undefined : 'cut'));
			answer.on('error', () => done('cut'));
			answer.resume();
		});
		asked.on('error', (error: NodeJS.ErrnoException) => done(status === undefined ? (error.code ?? error.message) : 'cut'));
		const timer = setTimeout(() => done('timeout'), options.timeoutMs);
		options.signal?.addEventListener('abort', abort, { once: true });
		if (options.signal?.aborted) abort();
		asked.end();
	});
