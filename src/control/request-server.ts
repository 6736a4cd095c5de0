import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { usageError } from '../model/errors.js';
import { type Call, hearLines, type Request, say, toCross } from './request-lines.js';

/** Answers one method: with a value, or piece by piece until `signal` (the asker has left, or wants no more). */
export type Answering = (params: never, signal: AbortSignal) => Promise<unknown> | AsyncIterable<unknown>;

export interface RequestServer {
	/** Not listening yet: on what is the caller's to say. */
	server: Server;
	/** No new connections; what has been answered is still sent. Resolves when all are closed. */
	close(): Promise<void>;
}

const MOST_CONNECTIONS = 256;
/** Requests of one connection at a time. */
const MOST_AT_ONCE = 64;
const FLUSH_MS = 1000;

const isPieces = (answer: Promise<unknown> | AsyncIterable<unknown>): answer is AsyncIterable<unknown> => Symbol.asyncIterator in answer;

/** What a request began goes on when its asker leaves (a fault is not theirs to take away), except for what is told piece by piece. */
export const requestServer = (methods: Readonly<Record<string, Answering>>): RequestServer => {
	const sockets = new Set<Socket>();
	const running = new Set<Promise<void>>();
	const server = createServer((socket) => {
		sockets.add(socket);
		const asked = new Map<number, AbortController>();
		socket.on('error', () => {});
		socket.once('close', () => {
			sockets.delete(socket);
			for (const abort of asked.values()) abort.abort();
		});
		hearLines(socket, (message) => {
			const request = message as Request;
			if ('cancel' in request) {
				asked.get(request.id)?.abort();
				return;
			}
			if (asked.size >= MOST_AT_ONCE || asked.has(request.id)) return void socket.destroy();
			const abort = new AbortController();
			asked.set(request.id, abort);
			const work = answer(methods, socket, request, abort.signal).finally(() => {
				asked.delete(request.id);
				running.delete(work);
			});
			running.add(work);
		});
	});
	server.maxConnections = MOST_CONNECTIONS;
	return {
		server,
		close: async () => {
			const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
			await Promise.race([Promise.allSettled(running), new Promise((late) => setTimeout(late, FLUSH_MS).unref())]);
			for (const socket of sockets) socket.end();
			const force = setTimeout(() => {
				for (const socket of sockets) socket.destroy();
			}, FLUSH_MS);
			await closed;
			clearTimeout(force);
		},
	};
};

const answer = async (methods: Readonly<Record<string, Answering>>, socket: Socket, request: Call, signal: AbortSignal): Promise<void> => {
	const { id, method, params } = request;
	try {
		const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
		if (!found) throw usageError('E_METHOD', `this daruma knows no ${JSON.stringify(method)}`, 'is it of another version than the one that asks?');
		const answered = found(params as never, signal);
		if (!isPieces(answered)) {
			say(socket, { id, result: (await answered) ?? null });
			return;
		}
		for await (const item of answered) {
			if (signal.aborted) break;
			// Who does not read stops us here, and only us.
			if (!say(socket, { id, item })) await Promise.race([once(socket, 'drain', { signal }).catch(() => {}), once(socket, 'close').catch(() => {})]);
		}
		say(socket, { id, result: null });
	} catch (error) {
		say(socket, { id, error: toCross(error) });
	}
};
