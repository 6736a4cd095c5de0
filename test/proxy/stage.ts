import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Event } from '../../src/model/event.js';
import type { TapFault } from '../../src/model/fault.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { HistoryWriter } from '../../src/platform/history-writer.js';
import { freePort } from '../../src/platform/ports.js';
import { Tap } from '../../src/proxy/tap.js';

export const fault = (kind: TapFault['kind'], more: Partial<TapFault> = {}): TapFault => ({
	kind,
	share: 1,
	seed: 7,
	latencyMs: 200,
	jitterMs: 0,
	unit: 'request',
	status: 503,
	methods: [],
	...more,
});

export interface Tapped {
	tap: Tap;
	clock: MonotonicClock;
	port: number;
	history: string;
	crashes: number[];
	fatal: Error[];
	/** What is on disk now. */
	events(): Event[];
	/** Waits until `seen` finds something on disk. */
	until<T>(seen: (events: Event[]) => T | undefined): Promise<T>;
}

/** A tap in this process before a server on `upstreamPort`. */
export const tapBefore = async (t: ExecutionContext, upstreamPort: number): Promise<Tapped> => {
	const folder = mkdtempSync(join(tmpdir(), 'daruma-tap-'));
	const history = join(folder, 'history.ndjson');
	const writer = new HistoryWriter(history, (error) => t.fail(error.message));
	const clock = new MonotonicClock(monotonicNs());
	const port = await freePort();
	const crashes: number[] = [];
	const fatal: Error[] = [];
	const tap = new Tap({
		node: 'n1',
		life: 1,
		host: '127.0.0.1',
		port,
		upstream: { host: '127.0.0.1', port: upstreamPort },
		clock,
		history: writer,
		onCrash: () => crashes.push(clock.now()),
		onFatal: (error) => fatal.push(error),
	});
	await tap.listen();
	t.teardown(() => {
		tap.end();
		tap.destroy();
		rmSync(folder, { recursive: true, force: true });
	});
	const events = (): Event[] =>
		readFileSync(history, 'utf8')
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line) as Event);
	const until = async <T>(seen: (found: Event[]) => T | undefined): Promise<T> => {
		for (;;) {
			const found = seen(events());
			if (found !== undefined) return found;
			await soon();
		}
	};
	return { tap, clock, port, history, crashes, fatal, events, until };
};

export const soon = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const listening = async (t: ExecutionContext, server: Server, port = 0): Promise<number> => {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
};

/** A server of raw sockets (half-open allowed). */
export const rawServer = (t: ExecutionContext, onSocket: (socket: Socket) => void, port?: number): Promise<number> =>
	listening(t, createServer({ allowHalfOpen: true }, onSocket), port);
export const httpServer = (t: ExecutionContext, handler: RequestListener): Promise<number> =>
	listening(t, createHttpServer({ keepAliveTimeout: 60_000 }, handler));

/** A raw client: what it has received, and how its connection ended ('open' while it has not). */
export class RawClient {
	readonly socket: Socket;
	readonly chunks: Buffer[] = [];
	ending: string = 'open';
	readonly closed: Promise<string>;
	constructor(t: ExecutionContext, port: number) {
		this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
		t.teardown(() => this.socket.destroy());
		this.socket.on('data', (chunk) => this.chunks.push(chunk));
		this.closed = new Promise((resolve) => {
			const end = (how: string) => () => {
				if (this.ending === 'open') this.ending = how;
				resolve(this.ending);
			};
			this.socket.on('end', end('EOF'));
			this.socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error')());
			this.socket.on('close', end('closed'));
		});
	}
	get bytes(): Buffer {
		return Buffer.concat(this.chunks);
	}
	get text(): string {
		return this.bytes.toString('latin1');
	}
	write(text: string | Uint8Array): this {
		this.socket.write(text);
		return this;
	}
	async receives(text: string | RegExp): Promise<void> {
		while (!(typeof text === 'string' ? this.text.includes(text) : text.test(this.text))) {
			if (this.ending !== 'open') throw new Error(`the connection ended (${this.ending}) before ${text} came; came: ${this.text}`);
			await soon(2);
		}
	}
}

export const get = (id: string, path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: t\r\nx-daruma-id: ${id}\r\n${more}\r\n`;
export const post = (id: string, body: string, path = '/'): string =>
	`POST ${path} HTTP/1.1\r\nHost: t\r\nx-daruma-id: ${id}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
