import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';

export interface Asked {
	method: 'GET' | 'PUT' | 'POST' | 'DELETE';
	/** With its scheme, without a user or password. */
	url: string;
	headers?: Record<string, string>;
	body?: string;
	/** For the whole exchange; a stream's time runs between two of its pieces. */
	timeoutMs: number;
	signal?: AbortSignal;
	/** Bytes of an answer; more is an error. */
	limit?: number;
}

export interface Answered {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	body: string;
}

const MOST = 16 * 1024 * 1024;

const send = (asked: Asked, heard: (response: IncomingMessage) => void, failed: (error: Error) => void): { end(): void } => {
	const { method, url, headers, body, signal } = asked;
	// A connection of its own: one that waits for an answer must not be in the way of another.
	const options = {
		method,
		agent: false as const,
		...(signal && { signal }),
		headers: { connection: 'close', ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
	};
	const request = (url.startsWith('https:') ? secure : plain)(url, options, heard);
	request.on('error', failed);
	request.end(body);
	return { end: () => request.destroy() };
};

/** One question to a registry, and its whole answer, whatever its status. Rejects when there is none, in words for people. */
export const askRegistry = (asked: Asked): Promise<Answered> =>
	new Promise((resolve, reject) => {
		const timer = setTimeout(() => settle(new Error(`no answer within ${asked.timeoutMs} ms`)), asked.timeoutMs);
		const settle = (result: Answered | Error): void => {
			clearTimeout(timer);
			if (result instanceof Error) {
				reject(new Error(inWords(result)));
				exchange.end();
			} else resolve(result);
		};
		const exchange = send(
			asked,
			(response) => {
				const pieces: Buffer[] = [];
				let size = 0;
				response.on('data', (piece: Buffer) => {
					size += piece.length;
					if (size > (asked.limit ?? MOST)) settle(new Error(`the answer is over ${asked.limit ?? MOST} bytes`));
					else pieces.push(piece);
				});
				response.on('error', settle);
				response.on('end', () => settle({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces).toString('utf8') }));
			},
			settle,
		);
	});

export interface Stream {
	close(): void;
}

/** An answer that goes on: each whole line as it comes, and once how it ended. Silence is no end: whoever follows asks from time to time. */
export const followLines = (asked: Omit<Asked, 'timeoutMs'>, line: (text: string) => void, ended: (why: string) => void): Stream => {
	let over = false;
	const end = (why: string): void => {
		if (over) return;
		over = true;
		exchange.end();
		ended(why);
	};
	const exchange = send(
		{ ...asked, timeoutMs: 0 },
		(response) => {
			if (response.statusCode !== 200) return end(`it answered ${response.statusCode}`);
			let rest = '';
			response.setEncoding('utf8');
			response.on('data', (piece: string) => {
				if (over) return;
				const lines = (rest + piece).split('\n');
				rest = lines.pop() as string;
				for (const text of lines) if (!over && text.trim() !== '') line(text);
				if (rest.length > (asked.limit ?? MOST)) end('a line without an end');
			});
			response.on('error', (error) => end(inWords(error)));
			response.on('end', () => end('it closed the connection'));
		},
		(error) => end(inWords(error)),
	);
	return {
		close() {
			over = true;
			exchange.end();
		},
	};
};

const WORDS: Readonly<Record<string, string>> = {
	ECONNREFUSED: 'connection refused',
	ECONNRESET: 'connection reset',
	ENOTFOUND: 'its name does not resolve',
	EAI_AGAIN: 'its name cannot be resolved now',
	EHOSTUNREACH: 'no route to the host',
	ETIMEDOUT: 'no answer to the connect',
};

const inWords = (error: Error): string => {
	const { code } = error as NodeJS.ErrnoException;
	if (code?.startsWith('HPE_')) return 'it does not speak HTTP';
	return (code !== undefined && WORDS[code]) || error.message;
};
/** Why a connection failed, in words for people. */
export const connectionWords = inWords;
