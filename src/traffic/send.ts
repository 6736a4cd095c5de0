import { connect, type Socket } from 'node:net';
import type { buildConnector, Client, Dispatcher } from 'undici';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import type { TrafficSpec } from '../model/plan.js';
import { reasonOf } from './reason.js';

export interface HttpRequest {
	method: string;
	path: string;
	headers: Record<string, string>;
	body: string | null;
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
	/** The last byte of the answer has arrived. */
	| { kind: 'answered'; status: number; grpcStatus?: number }
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
	send(to: Endpoint, request: HttpRequest, done: (result: SendResult) => void): Sending;
	/** Closes every connection. Whatever is under way fails. */
	close(): Promise<void>;
}

/** One undici client that carries at most one request at a time, so that each request knows its own connection. */
interface Line {
	client: Client;
	/** The socket whose connect is under way: undici does not close it when its client is destroyed. */
	connecting: Socket | null;
}

type ClientClass = typeof Client;

/** Our own connect, since undici's gives no way to end one that hangs. No timeout: whoever sends has a timer. */
const connectorOf =
	(line: Pick<Line, 'connecting'>): buildConnector.connector =>
	({ hostname, port }, callback) => {
		const socket = connect({ host: hostname, port: Number(port), noDelay: true });
		line.connecting = socket;
		const failed = (error: Error): void => {
			line.connecting = null;
			callback(error, null);
		};
		socket.once('error', failed);
		socket.once('connect', () => {
			line.connecting = null;
			socket.off('error', failed);
			callback(null, socket);
		});
	};

class HttpSending implements Sending, Dispatcher.DispatchHandler {
	written = false;
	/** undici has ended it, or we no longer want it. */
	private over = false;
	private told = false;
	private status = 0;
	private readonly done: (result: SendResult) => void;
	private readonly release: (reusable: boolean) => void;

	constructor(done: (result: SendResult) => void, release: (reusable: boolean) => void) {
		this.done = done;
		this.release = release;
	}

	/** undici calls this right before it writes the request's first byte (client-h1.js, writeH1); what is thrown here stops the write. */
	onRequestStart(): void {
		if (this.over) throw new Error('abandoned');
		if (this.written) throw new Error('a request is never written twice');
		this.written = true;
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
		this.status = status;
	}

	onResponseData(): void {}

	onResponseEnd(): void {
		this.end({ kind: 'answered', status: this.status }, true);
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

class UndiciSender implements Sender {
	private readonly Client: ClientClass;
	private readonly fresh: boolean;
	private readonly idle = new Map<string, Line[]>();
	private readonly lines = new Set<Line>();
	private closed = false;

	constructor(client: ClientClass, connections: TrafficSpec['connections']) {
		this.Client = client;
		this.fresh = connections === 'fresh';
	}

	send(to: Endpoint, { method, path, headers, body }: HttpRequest, done: (result: SendResult) => void): Sending {
		const origin = `http://${hostPort(to)}`;
		const line = this.idle.get(origin)?.pop() ?? this.open(origin);
		const sending = new HttpSending(done, (reusable) => {
			if (reusable && !this.fresh && !this.closed) this.keep(origin, line);
			else this.drop(line);
		});
		line.client.dispatch({ method: method as Dispatcher.HttpMethod, path, headers, body, ...(this.fresh ? { reset: true } : {}) }, sending);
		return sending;
	}

	async close(): Promise<void> {
		this.closed = true;
		this.idle.clear();
		await Promise.all([...this.lines].map((line) => this.drop(line)));
	}

	private open(origin: string): Line {
		const line = { connecting: null } as unknown as Line;
		line.client = new this.Client(origin, { connect: connectorOf(line), pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
		this.lines.add(line);
		return line;
	}

	private keep(origin: string, line: Line): void {
		const stack = this.idle.get(origin);
		if (stack) stack.push(line);
		else this.idle.set(origin, [line]);
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
