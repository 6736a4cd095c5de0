import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Sender } from './send.js';

/** Enough for the parser to be compiled (27 ms at the first answer) and the path to be warm. */
const REQUESTS = 30;

/**
 * Sends a few requests to a server of our own, on loopback, before there is any traffic: else the first request of a
 * run would wait for undici's parser to be compiled, and the harness' own start would look like the cluster's latency.
 */
export const warmUp = async (sender: Sender): Promise<void> => {
	const server = createServer((_request, response) => response.end('warm'));
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const { port } = server.address() as AddressInfo;
	for (let i = 0; i < REQUESTS; i++) {
		await new Promise<void>((resolve) => {
			sender.send({ name: 'warm-up', host: '127.0.0.1', port }, { method: 'POST', path: '/', headers: {}, body: 'warm' }, () => resolve());
		});
	}
	server.close();
	server.closeAllConnections();
};
