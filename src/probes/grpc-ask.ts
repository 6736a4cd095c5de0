import type { Reason } from '../model/sample.js';
import type { Field } from '../wire/hpack/field.js';
import type { GrpcReply } from './grpc-reply.js';
import type { GrpcVerdict } from './grpc-verdict.js';
import type { Http2Channel, Stream, StreamUser } from './http2-channel.js';
import type { Line } from './http2-line.js';
import type { Http2Request } from './http2-request.js';
import type { Answer, ProbeOptions, Prober } from './probe.js';
import { oneLine, TIMEOUT } from './reason.js';

/**
 * What unary questions and Watch have in common: a question goes out on the kept connection or a new one, goes out once
 * more if it was refused unheard or the kept connection turns out to have ended, and becomes one answer.
 */
export abstract class GrpcAsk implements Prober, StreamUser {
	protected asking = false;
	protected channel: Http2Channel | null = null;
	protected stream: Stream | null = null;
	protected firstMs = 0;
	protected sent = 0;
	protected readonly options: ProbeOptions;
	protected abstract readonly reply: GrpcReply;
	/** The question that is out went onto a connection made for it, or not there yet. */
	private fresh = false;
	private sentMs = 0;
	private again = false;
	private readonly request: Http2Request;
	private readonly idempotent: boolean;
	private readonly line: Line;
	private readonly report: (answer: Answer) => void;

	constructor(options: ProbeOptions, request: Http2Request, idempotent: boolean, line: Line, report: (answer: Answer) => void) {
		this.options = options;
		this.request = request;
		this.idempotent = idempotent;
		this.line = line;
		this.report = report;
	}

	ask(fresh: boolean): void {
		this.asking = true;
		this.again = false;
		this.sentMs = this.options.clock.now();
		this.put(fresh);
	}

	abandon(): void {
		if (!this.asking) return;
		const stage = this.channel?.connection.stage ?? 'connect';
		// A connection on which nothing at all came meanwhile may be dead; one that carries others' answers is not.
		const silent = (this.channel?.nowMs ?? 0) < this.sentMs;
		this.fail(TIMEOUT[stage === 'answer' && this.firstMs > 0 ? 'body' : stage], undefined, !silent);
	}

	close(): void {
		this.asking = false;
		this.leave();
		this.line.close();
	}

	abstract headers(fields: readonly Field[], end: boolean, bytes: number): void;
	abstract data(data: Uint8Array, end: boolean, bytes: number): void;

	gone(reason: Reason, detail: string, refused: boolean): void {
		this.stream = null;
		this.lost(reason, detail, refused);
	}

	protected put(fresh: boolean): void {
		this.firstMs = 0;
		let channel = fresh ? null : this.line.current();
		if (channel === null) {
			this.leave();
			channel = this.line.dial(fresh);
		}
		this.fresh = !channel.isOpen;
		this.channel = channel;
		this.on(channel, this.fresh);
	}

	/** Asks on this connection. */
	protected on(channel: Http2Channel, _fresh: boolean): void {
		this.reply.begin();
		this.sent = this.request.whole.length;
		this.stream = channel.open(this.request, this);
	}

	protected lost(reason: Reason, detail: string, refused: boolean): void {
		if (!this.asking) return;
		const stale = !this.fresh && this.firstMs === 0 && this.idempotent && (reason === 'closed' || reason === 'reset') && this.channel?.usable === false;
		if (!this.again && (refused || stale)) {
			this.again = true;
			this.put(false);
		} else this.fail(reason, detail, reason === 'reset' && this.channel?.usable === true);
	}

	/** Lets go of the stream, if it is still under way. */
	protected leave(): void {
		const { stream } = this;
		this.stream = null;
		if (stream) this.channel?.cancel(stream);
	}

	protected succeed(found: GrpcVerdict, endMs: number, message: Uint8Array | null): void {
		const { channel } = this;
		const answer = this.answer(found.verdict, endMs);
		const connection = this.fresh ? channel?.connection : undefined;
		if (found.reason !== undefined) answer.reason = found.reason;
		if (found.detail !== undefined) answer.detail = found.detail;
		else if (connection && connection.missed !== '') answer.detail = oneLine(`also tried: ${connection.missed}`);
		if (this.reply.code !== null) answer.status = this.reply.code;
		const days = channel?.connection.certDays;
		const warn = this.options.tls?.warnDays;
		if (found.verdict === 'ok' && days !== undefined && warn !== undefined && days < warn) {
			answer.verdict = 'warning';
			answer.detail = `the certificate ends in ${Math.floor(days)} days`;
		}
		this.finish(answer, message, true);
	}

	/** `well`: the connection is still of use. */
	protected fail(reason: Reason, detail: string | undefined, well: boolean): void {
		const answer = this.answer('failed', this.options.clock.now());
		answer.reason = reason;
		if (detail !== undefined) answer.detail = oneLine(detail);
		if (this.reply.http > 0) answer.status = this.reply.http;
		this.finish(answer, null, well);
	}

	/** What becomes of the stream once there is an answer. */
	protected after(_well: boolean): void {
		this.leave();
	}

	private finish(answer: Answer, message: Uint8Array | null, well: boolean): void {
		if (this.options.keepBody) {
			answer.headers = Object.fromEntries(this.reply.fields.map(({ name, value }) => [name, value]));
			answer.body = message ?? new Uint8Array(0);
		}
		this.asking = false;
		this.after(well);
		if (this.channel) this.line.done(this.channel, well);
		this.report(answer);
	}

	private answer(verdict: Answer['verdict'], endMs: number): Answer {
		const { channel, fresh, firstMs } = this;
		const connection = channel?.connection;
		const made = fresh ? connection : undefined;
		// On a new connection the question goes out as soon as that stands.
		const spent = made ? (made.dnsMs ?? 0) + (made.connectMs ?? 0) + (made.tlsMs ?? 0) : 0;
		const answer: Answer = {
			verdict,
			fresh,
			phases: {
				dns: made?.dnsMs ?? null,
				connect: made?.connectMs ?? null,
				tls: made?.tlsMs ?? null,
				firstByte: firstMs > 0 ? Math.max(0, firstMs - this.sentMs - spent) : null,
				transfer: firstMs > 0 ? endMs - firstMs : null,
			},
			sentMs: this.sentMs,
			endMs,
			bytes: { sent: this.stream !== null && this.stream.id === 0 ? 0 : this.sent, received: this.reply.received },
		};
		if (connection?.address !== undefined) answer.address = connection.address;
		if (connection?.certDays !== undefined) answer.certDays = connection.certDays;
		return answer;
	}
}
