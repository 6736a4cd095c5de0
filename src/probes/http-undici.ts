import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { request as ask, type Dispatcher, interceptors, ProxyAgent, Agent as UndiciAgent } from 'undici';
import { usageError } from '../model/errors.js';
import { isSecure, type Target } from '../model/target.js';
import type { HttpRequest } from './http-request.js';
import type { Answer, ProbeOptions, Prober } from './probe.js';
import { reasonOf, type Stage } from './reason.js';
import { failure, type Reply, simple } from './simple.js';
import { secureContext } from './trust.js';

const DECODERS: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
	gzip: promisify(gunzip),
	'x-gzip': promisify(gunzip),
	deflate: promisify(inflate),
	br: promisify(brotliDecompress),
};

/** The engine's deadline is the only one: undici's own are switched off. */
const UNTIMED = { headersTimeout: 0, bodyTimeout: 0 } as const;

/** undici's words → the one word for it. */
const reasonOfUndici = (error: NodeJS.ErrnoException, stage: Stage): Reply => {
	const cause = (error.cause ?? error) as NodeJS.ErrnoException;
	const code = String(cause.code ?? error.code ?? '');
	if (code.startsWith('HPE_')) return failure('protocol', error.message);
	if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'ERR_BUFFER_TOO_LARGE') return failure('too-large', error.message);
	if (code === 'UND_ERR_SOCKET' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return failure('closed', error.message);
	if (code.startsWith('Z_') || code.startsWith('ERR_PADDING') || code.startsWith('ERR__ERROR_FORMAT')) return failure('protocol', error.message);
	return failure(reasonOf(cause, stage), error.message);
};

const agentFor = (target: Target, options: ProbeOptions): Dispatcher => {
	const more = options.more ?? {};
	const { tls } = options;
	const connect = {
		timeout: 0,
		...(isSecure(target) && { secureContext: secureContext(tls) }),
		...(tls?.insecure && { rejectUnauthorized: false }),
		...(tls?.servername !== undefined && { servername: tls.servername }),
		...(target.socketPath !== undefined && { socketPath: target.socketPath }),
	};
	const agent =
		more.proxy === undefined ? new UndiciAgent({ connect, connections: 1, ...UNTIMED }) : new ProxyAgent({ uri: more.proxy, requestTls: connect, ...UNTIMED });
	return more.follow === undefined ? agent : agent.compose(interceptors.redirect({ maxRedirections: redirects(more.follow) }));
};

const redirects = (typed: string): number => {
	const most = Number(typed === '' ? 5 : typed);
	if (!Number.isInteger(most) || most < 0 || most > 20) throw usageError('E_FLAG', `--follow: expected at most 20 redirects, found "${typed}"`);
	return most;
};

/** What is wrong with the options is told before anything is asked. */
const check = ({ follow, proxy }: NonNullable<ProbeOptions['more']>): void => {
	if (follow !== undefined) redirects(follow);
	if (proxy !== undefined && !/^https?:\/\/[^/]/.test(proxy)) throw usageError('E_FLAG', `--proxy: expected http://HOST:PORT, found ${JSON.stringify(proxy)}`);
};

/** Redirects (`more.follow`), proxies (`more.proxy`), compression (`more.compressed`): whatever the lean path does not do. */
export const openUndici = (target: Target, options: ProbeOptions, request: HttpRequest, report: (answer: Answer) => void): Prober => {
	check(options.more ?? {});
	let agent: Dispatcher | null = null;
	const drop = (): void => void agent?.destroy().catch(() => {});
	const url = `${isSecure(target) ? 'https' : 'http'}://${request.headers.host}${target.path}`;
	const compressed = options.more?.compressed !== undefined;
	const prober = simple(async (_, { maxBody, keepBody, clock }, question) => {
		const fresh = question.fresh || agent === null || options.more?.connection === 'close';
		if (fresh) {
			drop();
			agent = agentFor(target, options);
		}
		const mine = agent as Dispatcher;
		question.signal.addEventListener('abort', () => {
			// Whatever is still under way would be waited for otherwise.
			if (agent === mine && !done) {
				drop();
				agent = null;
			}
		});
		let stage: Stage = 'answer';
		let done = false;
		const sentMs = clock.now();
		try {
			const answer = await ask(url, {
				dispatcher: mine,
				method: request.method as Dispatcher.HttpMethod,
				headers: { ...request.headers, ...(compressed && { 'accept-encoding': 'gzip, deflate, br' }) },
				body: request.body,
				signal: question.signal,
			});
			const firstMs = clock.now();
			stage = 'body';
			question.stage('body');
			const pieces: Buffer[] = [];
			let length = 0;
			for await (const piece of answer.body as AsyncIterable<Buffer>) {
				length += piece.length;
				if (length > maxBody) throw Object.assign(new Error(`a body over ${maxBody} bytes`), { code: 'UND_ERR_HEADERS_OVERFLOW' });
				if (keepBody || compressed) pieces.push(piece);
			}
			done = true;
			const headers = Object.fromEntries(
				Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
			);
			const decode = compressed ? DECODERS[headers['content-encoding']?.toLowerCase() ?? ''] : undefined;
			const body = decode ? await decode(Buffer.concat(pieces), { maxOutputLength: maxBody }) : Buffer.concat(pieces);
			const endMs = clock.now();
			const status = answer.statusCode;
			return {
				verdict: status < 400 ? 'ok' : 'failed',
				...(status >= 400 && { reason: 'status' as const }),
				status,
				fresh,
				sentMs,
				endMs,
				phases: { firstByte: firstMs - sentMs, transfer: endMs - firstMs },
				bytes: { sent: request.body?.length ?? 0, received: length },
				...(keepBody && { headers, body: new Uint8Array(body) }),
			};
		} catch (error) {
			return { ...reasonOfUndici(error as NodeJS.ErrnoException, stage), fresh, sentMs };
		}
	}).open(target, options, report);
	return {
		...prober,
		close() {
			prober.close();
			drop();
			agent = null;
		},
	};
};
