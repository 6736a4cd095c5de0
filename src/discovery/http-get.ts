import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface GetOptions {
	headers?: Record<string, string>;
	/** PEM. */
	tls?: { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean; servername?: string };
	signal: AbortSignal;
	/** Silence that is too long, ms. */
	timeoutMs: number;
}

export interface Got {
	status: number;
	body: string;
}

const MOST = 64 * 1024 * 1024;
const WHY: Readonly<Record<string, string>> = {
	ECONNREFUSED: 'nobody listens there',
	ENOTFOUND: 'there is no such host',
	ECONNRESET: 'it broke the connection',
};

/** Each on a connection of its own: what is asked every few seconds need hold none. */
const open = (
	url: URL,
	{ headers, tls, signal, timeoutMs }: GetOptions,
	heard: (answer: IncomingMessage) => void,
	failed: (error: Error) => void,
): ClientRequest => {
	const options = { headers: { accept: 'application/json', 'user-agent': 'daruma', ...headers }, signal, timeout: timeoutMs, agent: false as const };
	const asked = url.protocol === 'https:' ? httpsRequest(url, { ...options, ...tls }, heard) : httpRequest(url, options, heard);
	asked.on('timeout', () => asked.destroy(new Error(`it was silent for ${timeoutMs} ms`)));
	asked.on('error', (error: NodeJS.ErrnoException) => failed(new Error(WHY[error.code ?? ''] ?? error.message)));
	return asked;
};

/** GET, the whole answer as text. Rejects with a sentence on what went wrong below HTTP. */
export const httpGet = (url: URL, options: GetOptions): Promise<Got> =>
	new Promise((resolve, reject) => {
		open(
			url,
			options,
			(answer) => {
				let body = '';
				answer
					.setEncoding('utf8')
					.on('data', (text: string) => {
						body += text;
						if (body.length > MOST) answer.destroy(new Error(`it answers more than ${MOST} bytes`));
					})
					.on('error', reject)
					.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
			},
			reject,
		).end();
	});

/** GET of an answer that goes on: `line` hears each line of a 200. Resolves when it ends, with the status, and the body of anything else. */
export const httpLines = (url: URL, options: GetOptions, line: (text: string) => void): Promise<Got> =>
	new Promise((resolve, reject) => {
		open(
			url,
			options,
			(answer) => {
				const status = answer.statusCode ?? 0;
				let rest = '';
				answer
					.setEncoding('utf8')
					.on('data', (text: string) => {
						rest += text;
						if (rest.length > MOST) answer.destroy(new Error(`it answers more than ${MOST} bytes`));
						if (status !== 200) return;
						const lines = rest.split('\n');
						rest = lines.pop() as string;
						for (const each of lines) if (each.trim() !== '') line(each);
					})
					.on('error', reject)
					.on('end', () => resolve({ status, body: rest }));
			},
			reject,
		).end();
	});
