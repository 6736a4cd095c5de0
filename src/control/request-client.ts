import { connect, type Socket } from 'node:net';
import { type DarumaError, stageError } from '../model/errors.js';
import { fromCrossed, hearLines, type Reply, say } from './request-lines.js';

export interface RequestClient {
	/** Errors of the other side are thrown as they were there; E_GONE (exit 4) if it went without answering, E_SILENT after `withinMs`. */
	ask(method: string, params?: unknown, withinMs?: number): Promise<unknown>;
	/** The same piece by piece; leaving the loop, or aborting `signal`, tells the other side. */
	pieces(method: string, params?: unknown, signal?: AbortSignal): AsyncIterable<unknown>;
	close(): void;
}

interface Waiting {
	item(item: unknown): void;
	end(error: DarumaError | null, result?: unknown): void;
}

const gone = (): DarumaError => stageError('E_GONE', 'the other side ended before it answered');

/** Rejects with the system's error (ECONNREFUSED, ENOENT) if nobody listens. */
export const connectRequests = (path: string): Promise<RequestClient> =>
	new Promise((resolve, reject) => {
		const socket = connect({ path });
		socket.once('error', reject);
		socket.once('connect', () => {
			socket.off('error', reject);
			resolve(clientOf(socket));
		});
	});

const clientOf = (socket: Socket): RequestClient => {
	const waiting = new Map<number, Waiting>();
	let lastId = 0;
	socket.on('error', () => {});
	socket.once('close', () => {
		for (const each of waiting.values()) each.end(gone());
		waiting.clear();
	});
	hearLines(socket, (message) => {
		const reply = message as Reply;
		const asker = waiting.get(reply.id);
		if (!asker) return;
		if ('item' in reply) {
			asker.item(reply.item);
			return;
		}
		waiting.delete(reply.id);
		if ('error' in reply) asker.end(fromCrossed(reply.error));
		else asker.end(null, reply.result);
	});
	const begin = (method: string, params: unknown, asker: Waiting): number => {
		const id = ++lastId;
		if (socket.destroyed) asker.end(gone());
		else {
			waiting.set(id, asker);
			say(socket, { id, method, params: params ?? null });
		}
		return id;
	};
	return {
		ask: (method, params, withinMs) =>
			new Promise((resolve, reject) => {
				let timer: NodeJS.Timeout | undefined;
				const id = begin(method, params, {
					item: () => {},
					end(error, result) {
						clearTimeout(timer);
						if (error) reject(error);
						else resolve(result);
					},
				});
				if (withinMs === undefined) return;
				timer = setTimeout(() => {
					waiting.delete(id);
					reject(stageError('E_SILENT', `no answer to ${method} within ${withinMs} ms`));
				}, withinMs);
			}),
		async *pieces(method, params, signal) {
			const queue: unknown[] = [];
			let ended = false;
			let failure: DarumaError | null = null;
			let wake = (): void => {};
			const id = begin(method, params, {
				item(item) {
					queue.push(item);
					wake();
				},
				end(error) {
					failure = error;
					ended = true;
					wake();
				},
			});
			const cancel = (): void => {
				if (!ended) say(socket, { id, cancel: true });
			};
			if (signal?.aborted) cancel();
			signal?.addEventListener('abort', cancel, { once: true });
			try {
				for (;;) {
					while (queue.length > 0) yield queue.shift();
					if (ended) break;
					await new Promise<void>((resolve) => {
						wake = resolve;
					});
				}
				if (failure) throw failure;
			} finally {
				signal?.removeEventListener('abort', cancel);
				cancel();
			}
		},
		close: () => void socket.end(),
	};
};
