import type { Reason } from '../model/sample.js';
import { servingStatus } from '../wire/grpc-health.js';
import type { Field } from '../wire/hpack/field.js';
import { GrpcAsk } from './grpc-ask.js';
import { GrpcReply } from './grpc-reply.js';
import type { GrpcQuestion } from './grpc-request.js';
import { type GrpcVerdict, ofServing, ofWatchEnd } from './grpc-verdict.js';
import type { Http2Channel } from './http2-channel.js';
import type { Line } from './http2-line.js';
import type { Answer, ProbeOptions } from './probe.js';

/**
 * Health v1 Watch: the stream stays open, and the server says each change by itself. The first message answers the first
 * question; each further one is answered with the latest state, once the connection has proved that it is alive: the
 * change is known by then, and a silent server is not taken for one without changes.
 */
export class GrpcWatch extends GrpcAsk {
	protected readonly reply: GrpcReply;
	/** What the server last said on this stream, or that it has no Watch. */
	private latest: GrpcVerdict | null = null;
	/** Counts the questions: an acknowledgement may come for one that was given up. */
	private question = 0;

	constructor(options: ProbeOptions, question: GrpcQuestion, line: Line, report: (answer: Answer) => void) {
		super(options, question.request, true, line, report);
		this.reply = new GrpcReply(options.maxBody, false, (message) => {
			this.latest = ofServing(servingStatus(message));
		});
	}

	override ask(fresh: boolean): void {
		this.question++;
		super.ask(fresh);
	}

	protected override on(channel: Http2Channel, fresh: boolean): void {
		if (fresh || this.latest === null || this.watched !== channel) {
			this.leave();
			this.latest = null;
			this.watched = channel;
			super.on(channel, fresh);
			return;
		}
		const { question } = this;
		this.reply.received = 0;
		this.sent = 0;
		channel.knock(() => {
			if (this.asking && question === this.question && this.latest) this.succeed(this.latest, channel.nowMs, null);
		});
	}
	private watched: Http2Channel | null = null;

	override headers(fields: readonly Field[], end: boolean, bytes: number): void {
		if (this.asking && this.firstMs === 0) this.firstMs = this.channel?.nowMs ?? 0;
		if (this.reply.headers(fields, end, bytes)) this.ended();
	}

	override data(data: Uint8Array, end: boolean, bytes: number): void {
		const first = this.latest === null;
		if (this.reply.data(data, end, bytes)) this.ended();
		else if (first && this.latest && this.asking) this.succeed(this.latest, this.channel?.nowMs ?? 0, null);
	}

	override gone(reason: Reason, detail: string, refused: boolean): void {
		this.latest = null;
		super.gone(reason, detail, refused);
	}

	protected override after(well: boolean): void {
		if (!well) {
			this.leave();
			this.latest = null;
		}
	}

	/** The server ended the stream, or said what none should: the next question opens another. */
	private ended(): void {
		const { wrong, code, text } = this.reply;
		this.leave();
		if (wrong) {
			this.latest = null;
			if (this.asking) this.fail(wrong.reason, wrong.detail, wrong.reason === 'status');
			return;
		}
		const found = ofWatchEnd(code ?? 2, text);
		this.latest = found.verdict === 'ok' ? found : null;
		if (this.asking) this.succeed(found, this.channel?.nowMs ?? 0, null);
	}
}
