import { usageError } from '../model/errors.js';
import type { Target } from '../model/target.js';
import { isSecure } from '../model/target.js';
import { TOKEN } from '../wire/http1-head.js';
import type { ProbeOptions } from './probe.js';

const isToken = (text: string): boolean => text !== '' && [...Buffer.from(text)].every((c) => TOKEN[c] === 1);

/** What is asked, whichever client asks it. */
export interface HttpRequest {
	method: string;
	/** Lower-case names, `host` among them. */
	headers: Record<string, string>;
	body: Buffer | null;
	/** Asking twice does no harm (RFC 9110, 9.2.2): a kept connection that was just closed may be asked again. */
	idempotent: boolean;
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Throws E_FLAG (exit 2) for a method or header that no request can carry. */
export const httpRequest = (target: Target, options: Pick<ProbeOptions, 'method' | 'headers' | 'body'>): HttpRequest => {
	const body = options.body === undefined ? null : Buffer.from(options.body);
	const method = options.method ?? (body ? 'POST' : 'GET');
	if (!isToken(method) || method === 'CONNECT') throw usageError('E_FLAG', `--method: expected a method such as GET or POST, found ${JSON.stringify(method)}`);
	const usual = target.port === 0 || target.port === (isSecure(target) ? 443 : 80);
	const host = target.host.includes(':') ? `[${target.host}]` : target.host;
	const headers: Record<string, string> = { host: usual ? host : `${host}:${target.port}`, 'user-agent': 'daruma', accept: '*/*' };
	if (target.username !== undefined || target.password !== undefined)
		headers.authorization = `Basic ${Buffer.from(`${target.username ?? ''}:${target.password ?? ''}`).toString('base64')}`;
	for (const [name, value] of Object.entries(options.headers ?? {})) {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
		if (!isToken(name) || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value) || /[^\u0000-\u00ff]/.test(value))
			throw usageError('E_FLAG', `--header: expected "name: value" in Latin-1 on one line, found ${JSON.stringify(`${name}: ${value}`)}`);
		headers[name.toLowerCase()] = value;
	}
	if (headers['transfer-encoding'] !== undefined) throw usageError('E_FLAG', '--header: transfer-encoding is set by daruma alone; give the body with --body');
	if (body || method === 'POST' || method === 'PUT' || method === 'PATCH') headers['content-length'] = String(body?.length ?? 0);
	return { method, headers, body, idempotent: IDEMPOTENT.has(method) };
};

/** The bytes of it for HTTP/1.1. `connection` is what the server is told of keeping the connection. */
export const http1Bytes = ({ method, headers, body }: HttpRequest, path: string, connection: 'keep-alive' | 'close'): Buffer => {
	const lines = Object.entries({ ...headers, connection }).map(([name, value]) => `${name}: ${value}\r\n`);
	const head = Buffer.from(`${method} ${path === '' ? '/' : path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
	return body ? Buffer.concat([head, body]) : head;
};
