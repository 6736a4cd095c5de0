import { createServer, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { grpcMessage } from '../wire/grpc.js';
import type { Sender } from './send.js';

/** Enough for node:http2 to be loaded and the path to be warm. */
const CALLS = 30;

/** A few calls to a server of our own, on loopback, before there is any traffic: else our own start would look like the cluster's latency. */
export const grpcWarmUp = async (sender: Sender): Promise<void> => {
	const server = createServer();
	const sessions = new Set<Http2Session>();
	server.on('session', (session) => sessions.add(session.on('error', () => {})));
	server.on('stream', (stream) => {
		stream.on('error', () => {}).resume();
		stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true });
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const { port } = server.address() as AddressInfo;
	const request = {
		method: 'POST',
		path: '/warm.Up/Call',
		headers: {},
		body: null,
		grpc: { message: grpcMessage(Buffer.from('warm')), timeoutMs: 60_000, previousAttempts: 0 },
	};
	for (let i = 0; i < CALLS; i++) {
		await new Promise<void>((resolve) => void sender.send({ name: 'warm-up', host: '127.0.0.1', port }, request, () => resolve()));
	}
	server.close();
	for (const session of sessions) session.destroy();
};
