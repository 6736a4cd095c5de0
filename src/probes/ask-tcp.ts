import { connect } from 'node:net';
import type { Endpoint } from '../model/endpoint.js';
import type { AskOptions, ProbeAnswer } from './ask-http.js';

/** Connects and closes again; never rejects. `reason` is the system's error code, or 'timeout'. */
export const askTcp = (endpoint: Pick<Endpoint, 'host' | 'port'>, { timeoutMs }: Pick<AskOptions, 'timeoutMs'>): Promise<ProbeAnswer> =>
	new Promise((resolve) => {
		const start = process.hrtime.bigint();
		const socket = connect({ host: endpoint.host, port: endpoint.port, autoSelectFamily: false });
		const done = (reason?: string): void => {
			clearTimeout(timer);
			resolve({ ok: reason === undefined, ms: Number(process.hrtime.bigint() - start) / 1e6, ...(reason && { reason }) });
			socket.destroy();
		};
		const timer = setTimeout(() => done('timeout'), timeoutMs);
		socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
		socket.on('connect', () => done());
	});
