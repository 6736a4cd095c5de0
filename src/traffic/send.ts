import type { SecureContext } from 'node:tls';
import type { Client, Dispatcher } from 'undici';
import { type Destination, hostPort } from '../model/endpoint.js';
import type { TlsSpec, TrafficSpec } from '../model/plan.js';
import { type Answer, BODY_LIMIT } from '../workload/ok-predicate.js';
import { type Connecting, connectorOf } from './connector.js';
import { reasonOf } from './reason.js';
import { secureContextOf } from './trust.js';

export interface HttpRequest {
	method: string;
	path: string;
	headers: Record<string, string>;
	body: string | null;
	/** Which client it is of: connections are shared within one, never between two. Absent: all are one. */
	client?: number;
	/** What is kept of its answer. Absent: the status alone. */
	needs?: { headers: boolean; body: boolean };
	/** A unary gRPC call, over HTTP/2: `body` is not used. */
	grpc?: GrpcCall;
}

export interface GrpcCall {
	/** As it goes into DATA, prefix and all. */
	message: Uint8Array;
	/** What is left until nobody waits any more. */
	timeoutMs: number;
	/** Tries of this call before this one (gRFC A6). */
	previousAttempts: number;
}

export type SendResult =
	/** The last byte of the answer has arrived. `answer`: what was asked to be kept of it. */
	| { kind: 'answered'; status: number; grpcStatus?: number; answer?: Answer }
	/** `unsent`: a proof that no byte of the request was handed to a socket. Anything less is false. */
	| { kind: 'failed'; error: string; unsent: boolean };

/** One request under way. */
export interface Sending {
	/** False as long as no byte of it was handed to a socket: still connecting, or waiting for its connection. */
	readonly written: boolean;
	/**
	 * Closes its connection; `done` will not be called (it may be called twice, or too late: then nothing happens).
	 * True: no byte of it was, or will be, handed to a socket.
	 */
	abandon(): boolean;
}

export interface Sender {
	/** Sends once, never again by itself. `done` is called once, never before `send` has returned. */
	send(to: Destination, request: HttpRequest, done: (result: SendResult) => void): Sending;
	/** Closes every connection. Whatever is under way fails. */
	close(): Promise<void>;
}

/** One undici client that carries at most one request at a time, so that each request knows its own connection. */
interface Line extends Connecting {
	client: Client;
}

type ClientClass = typeof Client;

class HttpSending implements Sending, Dispatcher.DispatchHandler {
	written = false;
	/** undici has ended it, or we no longer want it. */
	private over = false;
	private told = false;
	private status = 0;
	private headers: Answer['headers'] = null;
	private body: Buffer[] = [];
	private kept = 0;
	private readonly needs: HttpRequest['needs'];
	private readonly done: (result: SendResult) => void;
	private readonly release: (reusable: boolean) => void;

	constructor(needs: HttpRequest['needs'], done: (result: SendResult) => void, release: (reusable: boolean) => void) {
		this.needs = needs;
		this.done = done;
		this.release = release;
	}

	/** undici calls this right before it writes the request's first byte (client-h1.js, writeH1); what is thrown here stops the write. */
	onRequestStart(): void {
		if (this.over) throw new Error('abandoned');
		if (this.written) throw new Error('a request is never written twice');
		this.written = true;
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
		this.status = status;
		if (this.needs?.headers) this.headers = joined(headers);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (!this.needs?.body || this.kept >= BODY_LIMIT) return;
		this.body.push(chunk);
		this.kept += chunk.length;
	}

	onResponseEnd(): void {
		const { status, headers, needs } = this;
		if (!needs) {
			this.end({ kind: 'answered', status }, true);
			return;
		}
		const body = needs.body ? Buffer.concat(this.body).toString('utf8', 0, Math.min(this.kept, BODY_LIMIT)) : null;
		this.end({ kind: 'answered', status, answer: { status, headers, body } }, true);
	}

	onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
		this.end({ kind: 'failed', error: reasonOf(error), unsent: !this.written }, false);
	}

	abandon(): boolean {
		this.over = true;
		if (!this.told) {
			this.told = true;
			this.release(false);
		}
		return !this.written;
	}

	private end(result: SendResult, reusable: boolean): void {
		if (this.over) return;
		this.over = true;
		// Not from inside undici's parser, and not inside `send`: who hears of an end often sends again at once.
		setImmediate(() => {
			if (this.told) return;
			this.told = true;
			this.release(reusable);
			this.done(result);
		});
	}
}

/** Fields that were sent more than once, as one (RFC 9110, 5.3). */
const joined = (headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]));

/** One string per set of connections that may stand in for each other. */
const poolOf = (to: Destination, client: number | undefined): string => `${client ?? ''} ${to.tls ? 'tls' : 'tcp'} ${to.socketPath ?? hostPort(to)}`;

class UndiciSender implements Sender {
	private readonly Client: ClientClass;
	private readonly fresh: boolean;
	private readonly idle = new Map<string, Line[]>();
	private readonly lines = new Set<Line>();
	private readonly trusts = new Map<TlsSpec, SecureContext>();
	private closed = false;

	constructor(client: ClientClass, connections: TrafficSpec['connections']) {
		this.Client = client;
		this.fresh = connections === 'fresh';
	}

	send(to: Destination, { method, path, headers, body, client, needs }: HttpRequest, done: (result: SendResult) => void): Sending {
		const pool = poolOf(to, client);
		const line = this.idle.get(pool)?.pop() ?? this.open(to);
		const sending = new HttpSending(needs, done, (reusable) => {
			if (reusable && !this.fresh && !this.closed) this.keep(pool, line);
			else this.drop(line);
		});
		const target = `${to.basePath ?? ''}${path}`;
		line.client.dispatch({ method: method as Dispatcher.HttpMethod, path: target, headers, body, ...(this.fresh ? { reset: true } : {}) }, sending);
		return sending;
	}

	async close(): Promise<void> {
		this.closed = true;
		this.idle.clear();
		await Promise.all([...this.lines].map((line) => this.drop(line)));
	}

	private open(to: Destination): Line {
		const line = { connecting: null } as unknown as Line;
		const origin = `${to.tls ? 'https' : 'http'}://${to.socketPath === undefined ? hostPort(to) : to.host}`;
		const connect = connectorOf(line, to, to.tls ? this.trust(to.tls) : null);
		line.client = new this.Client(origin, { connect, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
		this.lines.add(line);
		return line;
	}

	private trust(tls: TlsSpec): SecureContext {
		const known = this.trusts.get(tls) ?? secureContextOf(tls);
		this.trusts.set(tls, known);
		return known;
	}

	private keep(pool: string, line: Line): void {
		const stack = this.idle.get(pool);
		if (stack) stack.push(line);
		else this.idle.set(pool, [line]);
	}

	private async drop(line: Line): Promise<void> {
		if (!this.lines.delete(line)) return;
		line.connecting?.destroy();
		await line.client.destroy();
	}
}

/**
 * HTTP/1.1 over undici, without its retries, pipelining, timeouts or idempotency keys. Pooled: the connection that was
 * last used and is idle, else a new one (no upper limit: open-loop load must not queue here). Fresh: each request opens
 * its own and says `connection: close`.
 */
export const openSender = async (connections: TrafficSpec['connections']): Promise<Sender> => {
	const { Client } = await import('undici');
	return new UndiciSender(Client, connections);
};
