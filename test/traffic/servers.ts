import { createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../../src/model/endpoint.js';
import { freePort } from '../../src/platform/ports.js';

/** What a raw server saw: every request by its x-daruma-id, as often as its head arrived. */
export interface RawServer extends Endpoint {
	/** id → how often it was received. */
	received: Map<string, number>;
	connections: number;
	/** Those that are open now. */
	sockets: Set<Socket>;
	server: Server;
}

type OnRequest = (reply: { socket: Socket; id: string; head: string; count: number; server: RawServer }) => void;

/** A server of bytes: it finds whole requests (head, and body by content-length) and leaves the rest to `onRequest`. `count`: requests on this connection. */
export const rawServer = async (t: { teardown(fn: () => void): void }, onRequest: OnRequest, onConnect?: (socket: Socket) => void): Promise<RawServer> => {
	const port = await freePort();
	const raw: RawServer = { name: 'n1', host: '127.0.0.1', port, received: new Map(), connections: 0, sockets: new Set(), server: createServer() };
	raw.server.on('connection', (socket) => {
		raw.connections += 1;
		raw.sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => raw.sockets.delete(socket));
		onConnect?.(socket);
		let text = '';
		let count = 0;
		socket.on('data', (chunk) => {
			text += chunk.toString('latin1');
			for (;;) {
				const end = text.indexOf('\r\n\r\n');
				if (end < 0) return;
				const head = text.slice(0, end);
				const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
				if (text.length < end + 4 + length) return;
				text = text.slice(end + 4 + length);
				const id = /x-daruma-id: (\S+)/i.exec(head)?.[1] ?? '-';
				raw.received.set(id, (raw.received.get(id) ?? 0) + 1);
				count += 1;
				onRequest({ socket, id, head, count, server: raw });
			}
		});
	});
	await new Promise<void>((resolve) => {
		raw.server.listen(port, '127.0.0.1', resolve);
	});
	t.teardown(() => {
		raw.server.close();
		for (const socket of raw.sockets) socket.destroy();
	});
	return raw;
};

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Resolves as soon as `holds` does; ava's own timeout ends it otherwise. */
export const until = async (holds: () => boolean): Promise<void> => {
	while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};
