import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect as dial, type Socket } from 'node:net';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import type { TrafficSpec } from '../model/plan.js';
import { grpcTimeout } from '../wire/grpc-http.js';
import { grpcReason, streamReason } from './grpc-reason.js';
import type { HttpRequest, Sender, Sending, SendResult } from './send.js';

/** Sessions per endpoint, before streams double up on one: a gateway spreads its clients over connections. */
const FEW = 4;
/** Streams on one session at a time, where the server allows as many: RFC 9113 6.5.2 asks servers for no fewer. */
const STREAMS = 100;
const { NGHTTP2_NO_ERROR: NO_ERROR, NGHTTP2_INTERNAL_ERROR: INTERNAL, NGHTTP2_CANCEL: CANCEL, NGHTTP2_FLAG_END_STREAM: LAST } = constants;

/** What node:http2 gives its streams when their connection ends. */
const OF_THE_CONNECTION: ReadonlySet<number> = new Set([NO_ERROR, INTERNAL, CANCEL]);

/** One HTTP/2 connection. What waits for it to be connected has provably not been sent. */
class Session {
	readonly http2: ClientHttp2Session;
	readonly waiting = new Set<GrpcSending>();
	readonly streams = new Set<GrpcSending>();
	/** Why it ended, as far as anybody said; whoever still has a stream on it fails with that. */
	failure: string | null = null;
	private readonly socket: Socket;

	constructor(to: Endpoint, gone: (session: Session) => void) {
		this.socket = dial({ host: to.host, port: to.port, noDelay: true });
		this.http2 = connect(`http://${hostPort(to)}`, { createConnection: () => this.socket, settings: { enablePush: false } });
		this.http2.on('error', (error) => {
			this.failure ??= grpcReason(error);
		});
		// What the server says while it shuts the door on us; streams above its last id fail by themselves.
		this.http2.on('goaway', (code) => {
			if (code !== NO_ERROR) this.failure ??= streamReason(code);
		});
		this.http2.once('connect', () => {
			const begun = [...this.waiting];
			this.waiting.clear();
			for (const sending of begun) this.begin(sending);
		});
		this.http2.once('close', () => {
			gone(this);
			for (const sending of [...this.waiting]) sending.fail(this.failure ?? 'closed');
			this.waiting.clear();
		});
	}

	/** Places that are left on it; 0: nothing new may go there. */
	get room(): number {
		const { closed, destroyed, remoteSettings } = this.http2;
		if (closed || destroyed) return 0;
		const most = Math.min(STREAMS, this.http2.connecting ? STREAMS : (remoteSettings?.maxConcurrentStreams ?? STREAMS));
		return Math.max(0, most - this.busy);
	}

	get busy(): number {
		return this.waiting.size + this.streams.size;
	}

	take(sending: GrpcSending): void {
		if (this.http2.connecting) this.waiting.add(sending);
		else this.begin(sending);
	}

	leave(sending: GrpcSending): void {
		this.waiting.delete(sending);
		this.streams.delete(sending);
		// A connect that nobody waits for any more may hang for minutes.
		if (this.http2.connecting && this.busy === 0) this.end();
	}

	end(): void {
		this.http2.destroy();
		this.socket.destroy();
	}

	private begin(sending: GrpcSending): void {
		this.streams.add(sending);
		sending.begin(this);
	}
}

class GrpcSending implements Sending {
	written = false;
	private over = false;
	private told = false;
	private status: number | undefined;
	private grpcStatus: number | undefined;
	private stream: ClientHttp2Stream | null = null;
	private error: string | null = null;
	private readonly head: OutgoingHttpHeaders;
	private readonly message: Uint8Array;
	private readonly done: (result: SendResult) => void;
	private readonly release: (whole: boolean) => void;

	constructor(head: OutgoingHttpHeaders, message: Uint8Array, done: (result: SendResult) => void, release: (whole: boolean) => void) {
		this.head = head;
		this.message = message;
		this.done = done;
		this.release = release;
	}

	begin(session: Session): void {
		let stream: ClientHttp2Stream;
		try {
			stream = session.http2.request(this.head);
		} catch (error) {
			// A session that ended in this very turn takes nothing: not a byte was handed on.
			this.fail(grpcReason(error));
			return;
		}
		this.written = true;
		this.stream = stream;
		stream.on('response', (headers, flags) => {
			this.status = headers[':status'];
			this.hear(headers);
			if (flags & LAST) this.answered();
		});
		stream.once('trailers', (headers) => {
			this.hear(headers);
			this.answered();
		});
		stream.on('error', (error) => {
			this.error ??= grpcReason(error);
		});
		stream.once('close', () => this.closed(stream, session));
		stream.resume();
		stream.end(this.message);
	}

	/** Whatever ends it before it is written. */
	fail(error: string): void {
		this.end({ kind: 'failed', error, unsent: !this.written });
	}

	abandon(): boolean {
		this.over = true;
		if (!this.told) {
			this.told = true;
			this.stream?.close(CANCEL);
			this.release(false);
		}
		return !this.written;
	}

	private hear(headers: IncomingHttpHeaders): void {
		const text = headers['grpc-status'];
		if (typeof text === 'string' && /^\d{1,3}$/.test(text)) this.grpcStatus = Number(text);
	}

	/** gRPC's status comes with the last byte. */
	private answered(): void {
		const { status, grpcStatus } = this;
		if (status !== undefined && grpcStatus !== undefined) this.end({ kind: 'answered', status, grpcStatus });
	}

	private closed({ rstCode }: ClientHttp2Stream, session: Session): void {
		const { status } = this;
		this.answered();
		// A gateway's own page, whole: it has no status of gRPC.
		if (rstCode === NO_ERROR && status !== undefined && status !== 200) this.end({ kind: 'answered', status });
		// The end of a connection closes its streams as if they had been reset.
		else if (session.http2.destroyed && OF_THE_CONNECTION.has(rstCode)) this.fail(this.error ?? session.failure ?? 'closed');
		else this.fail(rstCode === NO_ERROR ? (this.error ?? 'protocol') : streamReason(rstCode));
	}

	private end(result: SendResult): void {
		if (this.over) return;
		this.over = true;
		// Not from inside the parser, and not inside `send`: who hears of an end often sends again at once.
		setImmediate(() => {
			if (this.told) return;
			this.told = true;
			this.release(result.kind === 'answered');
			this.done(result);
		});
	}
}

class GrpcSender implements Sender {
	private readonly fresh: boolean;
	private readonly sessions = new Map<string, Set<Session>>();
	private closed = false;

	constructor(connections: TrafficSpec['connections']) {
		this.fresh = connections === 'fresh';
	}

	send(to: Endpoint, request: HttpRequest, done: (result: SendResult) => void): Sending {
		const { grpc } = request;
		if (!grpc) throw new Error('no gRPC call');
		const session = this.sessionFor(to);
		const sending: GrpcSending = new GrpcSending(headOf(to, request), grpc.message, done, (whole) => {
			session.leave(sending);
			if (!this.fresh) return;
			if (whole) session.http2.close();
			else session.end();
		});
		session.take(sending);
		return sending;
	}

	async close(): Promise<void> {
		this.closed = true;
		for (const sessions of this.sessions.values()) for (const session of sessions) session.end();
	}

	private sessionFor(to: Endpoint): Session {
		const key = hostPort(to);
		const kept = this.sessions.get(key) ?? new Set();
		this.sessions.set(key, kept);
		if (!this.fresh && !this.closed) {
			const open = [...kept].filter((session) => session.room > 0);
			const best = open.reduce<Session | null>((least, each) => (least === null || each.busy < least.busy ? each : least), null);
			if (best && (best.busy === 0 || open.length >= FEW)) return best;
		}
		const session = new Session(to, (gone) => kept.delete(gone));
		kept.add(session);
		return session;
	}
}

const headOf = (to: Endpoint, { method, path, headers, grpc }: HttpRequest): OutgoingHttpHeaders => ({
	...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
	':method': method,
	':scheme': 'http',
	':authority': hostPort(to),
	':path': path,
	te: 'trailers',
	'content-type': 'application/grpc',
	'user-agent': 'daruma',
	'grpc-timeout': grpcTimeout(grpc?.timeoutMs ?? 0),
	...(grpc && grpc.previousAttempts > 0 && { 'grpc-previous-rpc-attempts': `${grpc.previousAttempts}` }),
});

/**
 * Unary gRPC over HTTP/2 without TLS, each call sent once: no retry of its own, not even of refused streams. Pooled: a
 * few sessions per endpoint carry many streams (more only when all are full: open-loop load must not queue here), and a
 * call that is given up resets its stream, not its session, as gRPC clients do. Fresh: one session per call.
 */
export const openGrpcSender = (connections: TrafficSpec['connections']): Sender => new GrpcSender(connections);
