import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { DarumaError, EXIT, stageError } from '../../model/errors.js';
import type { ProxyEvent } from '../contract.js';
import { endpoint } from './client.js';

/** A line of an event is no longer, even with every field at its longest. Characters. */
const LONGEST = 1024 * 1024;
const ANSWER_MS = 30_000;

/**
 * Hears the events of a server from now on; `heard` gets each with its line. Resolves when the server ends them, or
 * `signal` does. Errors: E_NO_EVENTS (a server without them, as a real Toxiproxy is; exit 1), E_NO_TOXIPROXY.
 */
export const followEvents = (host: string, heard: (event: ProxyEvent, line: string) => void, signal: AbortSignal): Promise<void> =>
	new Promise((resolve, reject) => {
		const base = endpoint(host);
		const absent = (why: string): DarumaError =>
			stageError(
				'E_NO_TOXIPROXY',
				`no Toxiproxy API answers at ${base}: ${why}`,
				'start one with daruma proxy serve, or name another with --host or TOXIPROXY_URL',
			);
		const url = new URL(`${base}/events`);
		const asked = (url.protocol === 'https:' ? secure : plain)(url, { headers: { 'User-Agent': 'daruma-proxy' }, agent: false });
		const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
		const end = (): void => {
			asked.destroy();
			resolve();
		};
		signal.addEventListener('abort', end, { once: true });
		asked.once('close', () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', end);
		});
		asked.once('error', (error) => reject(absent(error.message)));
		asked.once('response', (response) => {
			clearTimeout(timer);
			const { statusCode, headers } = response;
			if (statusCode !== 200 || !headers['content-type']?.startsWith('application/x-ndjson')) {
				asked.destroy();
				reject(
					new DarumaError(
						'E_NO_EVENTS',
						EXIT.failed,
						`the server at ${base} tells no events (HTTP ${statusCode}); a real Toxiproxy has none`,
						'daruma proxy serve has them',
					),
				);
				return;
			}
			let rest = '';
			response.setEncoding('utf8');
			response.on('data', (chunk: string) => {
				const lines = (rest + chunk).split('\n');
				rest = lines.pop() as string;
				if (rest.length > LONGEST) response.destroy(new Error('a line without end'));
				for (const line of lines) {
					const event = parsed(line);
					if (event) heard(event, line);
				}
			});
			response.once('end', resolve);
			response.once('error', (error) => reject(absent(`the events broke off: ${error.message}`)));
		});
		asked.end();
	});

const parsed = (line: string): ProxyEvent | null => {
	try {
		return JSON.parse(line) as ProxyEvent;
	} catch {
		return null;
	}
};

const bytes = (counts: { upstream: number; downstream: number }): string => `${counts.upstream} B up, ${counts.downstream} B down`;

const toldOf = (event: ProxyEvent): string => {
	switch (event.kind) {
		case 'connection':
			return `#${event.conn} from ${event.client}`;
		case 'unreachable':
			return `#${event.conn} ${event.error}`;
		case 'hit':
			return `#${event.conn} from ${event.client}: ${event.toxic} (${event.type}, ${event.stream.toLowerCase()})`;
		case 'tls':
			return `#${event.conn} with the ${event.peer}: ${[event.protocol, event.alpn, event.servername].filter((part) => part !== null).join(', ')}`;
		case 'tls-failed':
			return `#${event.conn} with the ${event.peer}: ${event.error}`;
		case 'closed':
			return `#${event.conn} received ${bytes(event.received)}; sent ${bytes(event.sent)}`;
		default: {
			// A kind that this version does not know is told as it came.
			const { t: _, proxy: __, kind: ___, toxic, ...more } = event as ProxyEvent & { toxic?: string };
			return [...(toxic === undefined ? [] : [toxic]), ...Object.entries(more).map(([key, value]) => `${key}=${JSON.stringify(value)}`)].join(' ');
		}
	}
};

/** Names and errors are of others: nothing of them moves the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const harmless = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');

/** For people: seconds since the server began, proxy, kind and what there is to say of it. */
export const eventLine = (event: ProxyEvent): string => harmless(`${(event.t / 1000).toFixed(3)} ${event.proxy} ${event.kind} ${toldOf(event)}`.trimEnd());
