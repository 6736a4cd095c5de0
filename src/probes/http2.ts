import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { SecureContext } from 'node:tls';
import type { Reason } from '../model/sample.js';
import { isSecure, type Target } from '../model/target.js';
import { Connection, type Security } from './connection.js';
import type { HttpRequest } from './http-request.js';
import type { Answer, ProbeOptions, Prober } from './probe.js';
import { oneLine, reasonOf, type Stage, TIMEOUT } from './reason.js';

/** HTTP/2: by ALPN over TLS, by prior knowledge without. One session is kept, one stream is out at a time. */
class Http2 implements Prober {
	private connection: Connection | null = null;
	private session: ClientHttp2Session | null = null;
	private stream: ClientHttp2Stream | null = null;
	private asking = false;
	private fresh = false;
	private sentMs = 0;
	private writtenMs = 0;
	private firstMs = 0;
	private received = 0;
	private status = 0;
	private headers: Record<string, string> = {};
	private pieces: Buffer[] = [];
	private facts: Pick<Answer, 'address' | 'certDays'> = {};
	private made: { dns: number | null; connect: number | null; tls: number | null } | null = null;
	private readonly target: Target;
	private readonly options: ProbeOptions;
	private readonly request: HttpRequest;
	private readonly security: Security | null;
	private readonly report: (answer: Answer) => void;

	constructor(target: Target, options: ProbeOptions, request: HttpRequest, context: SecureContext | null, report: (answer: Answer) => void) {
		this.target = target;
		this.options = options;
		this.request = request;
		this.report = report;
		const { tls } = options;
		this.security = context && {
			context,
			alpn: ['h2'],
			...(tls?.servername !== undefined && { servername: tls.servername }),
			...(tls?.insecure && { insecure: true }),
		};
	}

	ask(fresh: boolean): void {
		this.asking = true;
		this.sentMs = this.options.clock.now();
		this.writtenMs = 0;
		this.firstMs = 0;
		this.received = 0;
		this.status = 0;
		this.headers = {};
		this.pieces = [];
		this.made = null;
		if (fresh || this.options.more?.connection === 'close') this.drop();
		this.fresh = this.session === null;
		if (this.session) this.send(this.session);
		else this.dial();
	}

	abandon(): void {
		if (this.asking) this.fail(TIMEOUT[this.stage]);
	}

	close(): void {
		this.asking = false;
		this.drop();
	}

	private get stage(): Stage {
		if (!this.session) return this.connection?.stage ?? 'connect';
		return this.firstMs > 0 ? 'body' : 'answer';
	}

	private drop(): void {
		this.connection?.close();
		this.connection = null;
		const { session, stream } = this;
		this.session = null;
		this.stream = null;
		stream?.on('error', () => {}).destroy();
		session?.destroy();
	}

	private dial(): void {
		const connection = new Connection(
			this.target,
			this.options.clock,
			this.security,
			{
				opened: () => this.begin(connection),
				bytes: () => {},
				ended: () => this.fail('closed', 'closed without an answer'),
				failed: (error) => this.fail(reasonOf(error, connection.stage), error.message),
			},
			true,
		);
		this.connection = connection;
	}

	private begin(connection: Connection): void {
		if (this.security && connection.alpn !== 'h2') {
			this.fail('protocol', 'the server does not offer HTTP/2 (ALPN h2)');
			return;
		}
		this.made = { dns: connection.dnsMs, connect: connection.connectMs, tls: connection.tlsMs };
		this.facts = {
			...(connection.address !== undefined && { address: connection.address }),
			...(connection.certDays !== undefined && { certDays: connection.certDays }),
		};
		this.connection = null;
		const socket = connection.take();
		const authority = `${isSecure(this.target) ? 'https' : 'http'}://${this.request.headers.host}`;
		const session = connect(authority, { createConnection: () => socket, settings: { enablePush: false } });
		this.session = session;
		const over = (reason: Reason, detail: string): void => {
			if (this.session !== session) return;
			if (this.asking) this.fail(reason, detail);
			else this.drop();
		};
		session.on('error', (error: NodeJS.ErrnoException) => over(error.code?.startsWith('ERR_HTTP2') ? 'protocol' : reasonOf(error, 'answer'), error.message));
		session.on('goaway', (code) => {
			if (!this.asking) over('closed', `GOAWAY ${code}`);
		});
		session.on('close', () => over('closed', 'closed without an answer'));
		this.send(session);
	}

	private send(session: ClientHttp2Session): void {
		const { host, connection: _, ...headers } = this.request.headers;
		this.writtenMs = this.options.clock.now();
		const stream = session.request(
			{ ...headers, ':method': this.request.method, ':path': this.target.path === '' ? '/' : this.target.path, ':authority': host },
			{ endStream: this.request.body === null },
		);
		this.stream = stream;
		const mine = (): boolean => this.stream === stream && this.asking;
		stream.on('response', (found: IncomingHttpHeaders & { ':status'?: number }) => {
			if (!mine()) return;
			this.firstMs = this.options.clock.now();
			this.status = found[':status'] ?? 0;
			for (const [name, value] of Object.entries(found))
				if (!name.startsWith(':') && value !== undefined) this.headers[name] = Array.isArray(value) ? value.join(', ') : String(value);
		});
		stream.on('data', (piece: Buffer) => {
			if (!mine()) return;
			this.received += piece.length;
			if (this.received > this.options.maxBody) return this.fail('too-large', `a body over ${this.options.maxBody} bytes`);
			if (this.options.keepBody) this.pieces.push(piece);
		});
		stream.on('end', () => {
			if (mine() && this.status > 0 && stream.rstCode === constants.NGHTTP2_NO_ERROR) this.succeed();
		});
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (mine()) this.fail(error.code?.startsWith('ERR_HTTP2') ? (stream.rstCode ? 'reset' : 'protocol') : reasonOf(error, 'answer'), error.message);
		});
		stream.on('close', () => {
			if (mine()) this.fail('closed', `the stream ended without an answer (code ${stream.rstCode})`);
		});
		if (this.request.body) stream.end(this.request.body);
	}

	private succeed(): void {
		const answer = this.answer(this.status < 400 ? 'ok' : 'failed');
		if (this.status >= 400) answer.reason = 'status';
		const days = this.facts.certDays;
		const warn = this.options.tls?.warnDays;
		if (answer.verdict === 'ok' && days !== undefined && warn !== undefined && days < warn) {
			answer.verdict = 'warning';
			answer.detail = `the certificate ends in ${Math.floor(days)} days`;
		}
		if (this.options.keepBody) {
			answer.headers = this.headers;
			answer.body = new Uint8Array(Buffer.concat(this.pieces));
		}
		this.asking = false;
		this.stream = null;
		if (this.options.more?.connection === 'close') this.drop();
		this.report(answer);
	}

	private fail(reason: Reason, detail?: string): void {
		if (!this.asking) {
			this.drop();
			return;
		}
		const answer = this.answer('failed');
		answer.reason = reason;
		if (detail !== undefined) answer.detail = oneLine(detail);
		this.asking = false;
		this.drop();
		this.report(answer);
	}

	private answer(verdict: Answer['verdict']): Answer {
		const endMs = this.options.clock.now();
		return {
			verdict,
			fresh: this.fresh,
			...(this.status > 0 && { status: this.status }),
			...this.facts,
			phases: {
				dns: this.made?.dns ?? null,
				connect: this.made?.connect ?? null,
				tls: this.made?.tls ?? null,
				firstByte: this.firstMs > 0 ? this.firstMs - this.writtenMs : null,
				transfer: this.firstMs > 0 ? endMs - this.firstMs : null,
			},
			sentMs: this.sentMs,
			endMs,
			bytes: { sent: this.request.body?.length ?? 0, received: this.received },
		};
	}
}

export const openHttp2 = (
	target: Target,
	options: ProbeOptions,
	request: HttpRequest,
	context: SecureContext | null,
	report: (answer: Answer) => void,
): Prober => new Http2(target, options, request, context, report);
