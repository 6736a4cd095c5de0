import type { Reason } from '../model/sample.js';
import { fieldOf, GrpcMessages, grpcStatusOf, grpcText } from '../wire/grpc.js';
import type { Field } from '../wire/hpack/field.js';

/** Frames' own bytes may come to so much beside the messages. */
const OVERHEAD = 65_536;

/**
 * One answer of a gRPC server, as its frames come: head, messages, trailers (or trailers alone). What it cannot be
 * is said in `wrong`; once it is whole, `code` is not null.
 */
export class GrpcReply {
	/** gRPC's code, once the answer is whole. */
	code: number | null = null;
	text = '';
	/** An answer of HTTP alone: no gRPC behind it. 0: there is none. */
	http = 0;
	wrong: { reason: Reason; detail: string } | null = null;
	messages = 0;
	received = 0;
	/** Only if kept. */
	fields: Field[] = [];
	private headed = false;
	/** A good head and a good end, as they came before: on most connections they come again as the same objects. */
	private usualHead: readonly Field[] | null = null;
	private usualEnd: readonly Field[] | null = null;
	private readonly reader: GrpcMessages;
	private readonly most: number;
	private readonly keep: boolean;
	private readonly message: (message: Uint8Array) => void;

	/** `most`: bytes of one message. `message`: given each, valid during the call only. */
	constructor(most: number, keep: boolean, message: (message: Uint8Array) => void) {
		this.reader = new GrpcMessages(most);
		this.most = most;
		this.keep = keep;
		this.message = (bytes) => {
			this.messages++;
			message(bytes);
		};
	}

	begin(): void {
		this.code = null;
		this.text = '';
		this.http = 0;
		this.wrong = null;
		this.messages = 0;
		this.received = 0;
		this.headed = false;
		this.reader.reset();
		if (this.keep) this.fields = [];
	}

	/** True: it is over, well or not. */
	headers(fields: readonly Field[], end: boolean, bytes: number): boolean {
		this.received += bytes;
		if (this.keep) this.fields.push(...fields);
		if (!this.headed) {
			this.headed = true;
			if (!this.head(fields)) return true;
			if (!end) return false;
		} else if (!end) return this.fail('protocol', 'a second head');
		if (fields === this.usualEnd && !this.reader.open) {
			this.code = 0;
			return true;
		}
		const code = grpcStatusOf(fields);
		if (code === null || code < 0) return this.fail('protocol', 'it ends without a grpc-status');
		if (this.reader.open) return this.fail('protocol', 'it ends inside a message');
		this.text = grpcText(fieldOf(fields, 'grpc-message'));
		this.code = code;
		if (code === 0 && this.text === '') this.usualEnd = fields;
		return true;
	}

	data(data: Uint8Array, end: boolean, bytes: number): boolean {
		this.received += bytes;
		if (this.received > this.most + OVERHEAD) return this.fail('too-large', `an answer over ${this.most} bytes`);
		if (!this.reader.read(data, this.message)) return this.fail(this.reader.tooLarge ? 'too-large' : 'protocol', this.reader.why);
		return end ? this.fail('protocol', 'it ends without a grpc-status') : false;
	}

	private head(fields: readonly Field[]): boolean {
		if (fields === this.usualHead) return true;
		const status = fieldOf(fields, ':status');
		const type = fieldOf(fields, 'content-type');
		// Whoever says a code of gRPC speaks it, whatever HTTP status a gateway made of it.
		if ((status === '200' && type.startsWith('application/grpc')) || grpcStatusOf(fields) !== null) {
			this.usualHead = fields;
			return true;
		}
		const known = /^[1-9]\d\d$/.test(status);
		this.http = known && status !== '200' ? Number(status) : 0;
		if (this.http > 0) this.fail('status', `HTTP ${status}, and no gRPC`);
		else this.fail('protocol', known ? `no gRPC: content-type ${JSON.stringify(type)}` : 'a head without a status');
		return false;
	}

	private fail(reason: Reason, detail: string): true {
		this.wrong = { reason, detail };
		return true;
	}
}
