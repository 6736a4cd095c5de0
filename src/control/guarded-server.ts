import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { stageError } from '../model/errors.js';
import { isLoopback, refusal } from './guard.js';

export interface Asked {
	method: string;
	/** As it was written in the request line. */
	url: string;
	headers: IncomingMessage['headers'];
	body: Buffer;
}

export interface Answer {
	status: number;
	headers?: Record<string, string>;
	body?: string | Buffer;
	/** Instead of a body: told from now on until the client leaves or the server closes; then what it returned is called. */
	feed?(tell: (text: string) => void): () => void;
}

export interface GuardedOptions {
	host: string;
	/** 0: any free one. */
	port: number;
	/** For messages: which flag names the port; default `port`. */
	flag?: string;
	/** A larger body is refused with 413. Bytes; default 256 KiB, which is read and decoded in a moment. */
	bodyLimit?: number;
	answer(asked: Asked): Answer | Promise<Answer>;
}

export interface GuardedServer {
	host: string;
	port: number;
	url: string;
	/** Refuses new connections, lets running answers end for a moment, then closes what is left. */
	close(): Promise<void>;
}

/** Times are Toxiproxy's: a request must be complete within 15 s, an idle connection is kept for 60 s. */
const READ_MS = 15_000;
const IDLE_MS = 60_000;
const GRACE_MS = 500;
const BODY_LIMIT = 256 * 1024;
/** A client of a feed that has so much waiting does not read: it is let go. Bytes. */
const FEED_LIMIT = 8 * 1024 * 1024;

const problem = (status: number, error: string): Answer => ({
	status,
	headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
	body: `${JSON.stringify({ error, status })}\n`,
});

/** The body, or null if it is larger than allowed (what follows is then read no more). */
const read = async (request: IncomingMessage, limit: number): Promise<Buffer | null> => {
	if (Number(request.headers['content-length'] ?? 0) > limit) return null;
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > limit) return null;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks, size);
};

const feed = (response: ServerResponse, answer: Answer, start: NonNullable<Answer['feed']>): void => {
	response.writeHead(answer.status, answer.headers);
	response.flushHeaders();
	const stop = start((text) => {
		if (response.writableLength > FEED_LIMIT) response.destroy();
		else if (!response.destroyed && !response.writableEnded) response.write(text);
	});
	response.once('close', stop);
};

const send = (response: ServerResponse, answer: Answer): void => {
	if (response.destroyed || response.headersSent) return;
	if (answer.feed) {
		feed(response, answer, answer.feed);
		return;
	}
	const body = answer.body ?? '';
	const bodiless = answer.status === 204 || answer.status === 304;
	for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
	if (!bodiless) response.setHeader('Content-Length', Buffer.byteLength(body));
	// HTTP/1.1 keeps connections without being told; Go's servers do not say so either.
	if (!response.hasHeader('Connection') && response.shouldKeepAlive && response.req.httpVersion === '1.1') response.removeHeader('Connection');
	response.writeHead(answer.status);
	response.end(bodiless ? undefined : body);
};

const handle = async (options: GuardedOptions, loopback: boolean, request: IncomingMessage, response: ServerResponse): Promise<void> => {
	const refused = refusal(request.headers, loopback);
	if (refused) return send(response, { ...problem(403, refused), headers: { ...problem(403, refused).headers, Connection: 'close' } });
	let body: Buffer | null;
	try {
		body = await read(request, options.bodyLimit ?? BODY_LIMIT);
	} catch {
		return; // The client left in the middle of its request.
	}
	if (body === null) return send(response, { ...problem(413, 'request body too large'), headers: { Connection: 'close' } });
	try {
		send(response, await options.answer({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }));
	} catch (error) {
		send(response, problem(500, error instanceof Error ? error.message : String(error)));
	}
};

const listening = (server: Server, { host, port, flag }: GuardedOptions): Promise<AddressInfo> =>
	new Promise((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) =>
			reject(
				stageError(
					error.code === 'EADDRINUSE' ? 'E_PORT_IN_USE' : 'E_LISTEN',
					`cannot listen on ${host}:${port}: ${error.message}`,
					flag === undefined ? 'name another one with --port, or --port 0 for any' : `name another one with --${flag}, or port 0 for any`,
				),
			),
		);
		server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
	});

/**
 * An HTTP server for control: what a web page can make a browser send is refused, bodies are limited, and nobody's
 * slowness is another's. Errors: E_PORT_IN_USE, E_LISTEN.
 */
export const serveGuarded = async (options: GuardedOptions): Promise<GuardedServer> => {
	const server = createServer({ requestTimeout: READ_MS, headersTimeout: READ_MS, keepAliveTimeout: IDLE_MS, connectionsCheckingInterval: 1000 });
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	});
	const { address, port } = await listening(server, options);
	const loopback = isLoopback(address);
	const answering = new Set<ServerResponse>();
	server.on('request', (request, response) => {
		answering.add(response);
		response.once('close', () => answering.delete(response));
		void handle(options, loopback, request, response);
	});
	const host = address.includes(':') ? `[${address}]` : address;
	return {
		host: address,
		port,
		url: `http://${host}:${port}`,
		close: () =>
			new Promise((resolve) => {
				const force = setTimeout(() => {
					for (const socket of sockets) socket.destroy();
				}, GRACE_MS);
				server.close(() => {
					clearTimeout(force);
					resolve();
				});
				// Feeds have no end of their own.
				for (const response of answering) if (response.headersSent && !response.writableEnded) response.end();
				server.closeIdleConnections();
			}),
	};
};
