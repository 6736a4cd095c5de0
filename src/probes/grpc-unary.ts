import { servingStatus } from '../wire/grpc-health.js';
import type { Field } from '../wire/hpack/field.js';
import { GrpcAsk } from './grpc-ask.js';
import { GrpcReply } from './grpc-reply.js';
import type { GrpcQuestion } from './grpc-request.js';
import { ofCheck, ofMethod } from './grpc-verdict.js';
import type { Line } from './http2-line.js';
import type { Answer, ProbeOptions } from './probe.js';

/** Health v1 Check, or a method of the user's own: one message there, one message back, one code. */
export class GrpcUnary extends GrpcAsk {
	protected readonly reply: GrpcReply;
	private serving: number | null = null;
	private kept: Uint8Array | null = null;
	private readonly expected: GrpcQuestion['expected'];

	constructor(options: ProbeOptions, question: GrpcQuestion, line: Line, report: (answer: Answer) => void) {
		super(options, question.request, question.idempotent, line, report);
		this.expected = question.expected;
		this.reply = new GrpcReply(options.maxBody, options.keepBody, (message) => {
			if (this.expected === null) this.serving = servingStatus(message);
			if (options.keepBody) this.kept = new Uint8Array(message);
		});
	}

	override ask(fresh: boolean): void {
		this.serving = null;
		this.kept = null;
		super.ask(fresh);
	}

	override headers(fields: readonly Field[], end: boolean, bytes: number): void {
		if (this.firstMs === 0) this.firstMs = this.channel?.nowMs ?? 0;
		if (this.reply.headers(fields, end, bytes)) this.whole();
	}

	override data(data: Uint8Array, end: boolean, bytes: number): void {
		const over = this.reply.data(data, end, bytes);
		if (this.reply.messages > 1) this.fail('protocol', 'more than one message', false);
		else if (over) this.whole();
	}

	private whole(): void {
		const { wrong, code, text, messages } = this.reply;
		if (wrong) this.fail(wrong.reason, wrong.detail, wrong.reason === 'status');
		else {
			const found = this.expected === null ? ofCheck(code ?? 2, text, this.serving) : ofMethod(code ?? 2, text, this.expected, messages);
			this.succeed(found, this.channel?.nowMs ?? 0, this.kept);
		}
	}
}
