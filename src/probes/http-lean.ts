import type { Reason } from '../model/sample.js';
import type { Target } from '../model/target.js';
import { Http1Answer } from '../wire/http1-answer.js';
import { Connection, type ConnectionUser, type Security } from './connection.js';
import type { HttpRequest } from './http-request.js';
import type { Answer, ProbeOptions, Prober } from './probe.js';
import { oneLine, reasonOf, TIMEOUT } from './reason.js';

/** One reader is enough for all answers that come in one read. */
let spare: Http1Answer | null = null;

/**
 * HTTP/1.1 over a bare socket: the request's bytes are made once, answers are read without decoding them, the
 * connection is kept. If a kept connection turns out to be closed before a byte of the answer came, that is the
 * server's right (RFC 9112, 9.3.1), so the same question goes out again on a new one.
 */
export class LeanHttp implements Prober, ConnectionUser {
	private connection: Connection | null = null;
	/** The question that is out was put on a connection made for it. */
	private fresh = false;
	private asking = false;
	private sentMs = 0;
	private writtenMs = 0;
	private firstMs = 0;
	private received = 0;
	/** Only while an answer is under way that did not come in one read. */
	private reader: Http1Answer | null = null;
	private readonly target: Target;
	private readonly options: ProbeOptions;
	private readonly toHead: boolean;
	private readonly idempotent: boolean;
	private readonly bytesOut: Buffer;
	private readonly security: Security | null;
	private readonly keep: boolean;
	private readonly report: (answer: Answer) => void;

	constructor(
		target: Target,
		options: ProbeOptions,
		request: HttpRequest,
		bytesOut: Buffer,
		security: Security | null,
		keep: boolean,
		report: (answer: Answer) => void,
	) {
		this.target = target;
		this.options = options;
		this.toHead = request.method === 'HEAD';
		this.idempotent = request.idempotent;
		this.bytesOut = bytesOut;
		this.security = security;
		this.keep = keep;
		this.report = report;
	}

	ask(fresh: boolean): void {
		this.asking = true;
		this.firstMs = 0;
		this.received = 0;
		this.sentMs = this.options.clock.now();
		this.writtenMs = 0;
		this.reader = null;
		if (fresh) this.drop();
		if (this.connection) this.send(false);
		else this.dial();
	}

	abandon(): void {
		if (!this.asking) return;
		const stage = this.connection?.stage ?? 'connect';
		this.fail(TIMEOUT[stage === 'answer' && this.firstMs > 0 ? 'body' : stage]);
	}

	close(): void {
		this.asking = false;
		this.drop();
	}

	opened(): void {
		this.send(true);
	}

	bytes(bytes: Uint8Array, length: number): void {
		// Bytes that nobody asked for: whatever they are, they would be taken for the next answer.
		if (!this.asking) {
			this.drop();
			return;
		}
		const now = this.options.clock.now();
		if (this.firstMs === 0) this.firstMs = now;
		this.received += length;
		const reader = this.reader ?? this.takeReader();
		const read = reader.read(bytes, 0, length);
		if (reader.state === 'done') this.succeed(reader, read < length, now);
		else if (reader.state === 'failed') this.fail(reader.tooLarge ? 'too-large' : 'protocol', reader.why);
	}

	ended(): void {
		if (!this.asking) {
			this.connection = null;
			return;
		}
		if (this.isStale()) {
			this.dial();
			return;
		}
		if (this.reader?.finish()) this.succeed(this.reader, true, this.options.clock.now());
		else this.fail('closed', this.firstMs === 0 ? 'closed without an answer' : 'closed inside the answer');
	}

	failed(error: NodeJS.ErrnoException): void {
		if (!this.asking) {
			this.connection = null;
			return;
		}
		if (this.isStale()) {
			this.dial();
			return;
		}
		this.fail(reasonOf(error, this.connection?.stage ?? 'connect'), error.message);
	}

	/** An answer takes the spare reader, which it mostly gives back in the same breath: idle endpoints hold none. */
	private takeReader(): Http1Answer {
		const { maxBody, keepBody } = this.options;
		const reader = spare?.fits(maxBody, keepBody) ? spare : new Http1Answer(maxBody, keepBody);
		if (reader === spare) spare = null;
		reader.begin(this.toHead);
		this.reader = reader;
		return reader;
	}

	/** Nothing but a kept connection that had ended meanwhile. */
	private isStale(): boolean {
		return this.asking && !this.fresh && this.firstMs === 0 && this.idempotent && this.connection?.stage === 'answer';
	}

	private dial(): void {
		this.fresh = true;
		this.connection = new Connection(this.target, this.options.clock, this.security, this, false, this.options.raw);
	}

	private drop(): void {
		this.connection?.close(this.options.more?.close === 'rst');
		this.connection = null;
	}

	private send(fresh: boolean): void {
		this.fresh = fresh;
		this.writtenMs = fresh ? this.options.clock.now() : this.sentMs;
		this.connection?.write(this.bytesOut);
	}

	/** `used`: the connection is of no more use. */
	private succeed(reader: Http1Answer, used: boolean, endMs: number): void {
		const { connection, options } = this;
		const answer = this.answer(reader.status < 400 ? 'ok' : 'failed', endMs);
		answer.status = reader.status;
		if (reader.status >= 400) answer.reason = 'status';
		const days = connection?.certDays;
		if (answer.verdict === 'ok' && days !== undefined && options.tls?.warnDays !== undefined && days < options.tls.warnDays) {
			answer.verdict = 'warning';
			answer.detail = `the certificate ends in ${Math.floor(days)} days`;
		} else if (this.fresh && connection && connection.missed !== '') answer.detail = oneLine(`also tried: ${connection.missed}`);
		if (options.keepBody) {
			answer.headers = reader.headers;
			answer.body = reader.takeBody();
		}
		if (used || !this.keep || !reader.keepAlive) this.drop();
		this.asking = false;
		this.reader = null;
		spare = reader;
		this.report(answer);
	}

	private fail(reason: Reason, detail?: string): void {
		const answer = this.answer('failed', this.options.clock.now());
		answer.reason = reason;
		if (this.reader && this.reader.status > 0) answer.status = this.reader.status;
		this.reader = null;
		if (detail !== undefined) answer.detail = oneLine(detail);
		this.asking = false;
		this.drop();
		this.report(answer);
	}

	private answer(verdict: Answer['verdict'], endMs: number): Answer {
		const { connection, fresh } = this;
		const made = fresh ? connection : null;
		const answer: Answer = {
			verdict,
			fresh,
			phases: {
				dns: made?.dnsMs ?? null,
				connect: made?.connectMs ?? null,
				tls: made?.tlsMs ?? null,
				firstByte: this.firstMs > 0 ? this.firstMs - this.writtenMs : null,
				transfer: this.firstMs > 0 ? endMs - this.firstMs : null,
			},
			sentMs: this.sentMs,
			endMs,
			bytes: { sent: this.writtenMs > 0 ? this.bytesOut.length : 0, received: this.received },
		};
		if (connection?.address !== undefined) answer.address = connection.address;
		if (connection?.certDays !== undefined) answer.certDays = connection.certDays;
		return answer;
	}
}
