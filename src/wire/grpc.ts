import type { Field } from './hpack/field.js';

/** Codes of gRPC in their order (grpc/grpc: doc/statuscodes.md); the index is the number. */
export const GRPC_CODES = [
	'OK',
	'CANCELLED',
	'UNKNOWN',
	'INVALID_ARGUMENT',
	'DEADLINE_EXCEEDED',
	'NOT_FOUND',
	'ALREADY_EXISTS',
	'PERMISSION_DENIED',
	'RESOURCE_EXHAUSTED',
	'FAILED_PRECONDITION',
	'ABORTED',
	'OUT_OF_RANGE',
	'UNIMPLEMENTED',
	'INTERNAL',
	'UNAVAILABLE',
	'DATA_LOSS',
	'UNAUTHENTICATED',
] as const;

export const grpcCodeName = (code: number): string => GRPC_CODES[code] ?? `code ${code}`;

const PREFIX = 5;

/** A message as it goes into DATA: not compressed, its length, itself (grpc/grpc: doc/PROTOCOL-HTTP2.md). */
export const grpcMessage = (message: Uint8Array): Uint8Array => {
	const out = new Uint8Array(PREFIX + message.length);
	new DataView(out.buffer).setUint32(1, message.length);
	out.set(message, PREFIX);
	return out;
};

/**
 * Cuts the DATA of one stream into messages, in whatever pieces it comes. It keeps at most one message, of at most
 * `most` bytes, and what it cannot take ends it: `why` says so, `tooLarge` if only the size was wrong.
 */
export class GrpcMessages {
	why = '';
	tooLarge = false;
	private readonly head = new Uint8Array(PREFIX);
	private have = 0;
	private body: Uint8Array | null = null;
	private filled = 0;
	private readonly most: number;

	constructor(most: number) {
		this.most = most;
	}

	/** A message has begun and not ended. */
	get open(): boolean {
		return this.have > 0;
	}

	reset(): void {
		this.why = '';
		this.tooLarge = false;
		this.have = 0;
		this.body = null;
	}

	/** `message` is valid during the call only. False: nothing more can be read. */
	read(bytes: Uint8Array, message: (message: Uint8Array) => void): boolean {
		let at = 0;
		while (at < bytes.length) {
			if (this.have < PREFIX) {
				while (at < bytes.length && this.have < PREFIX) this.head[this.have++] = bytes[at++] as number;
				if (this.have < PREFIX) return true;
				if (!this.begin()) return false;
			}
			const length = this.length();
			if (this.body === null && bytes.length - at >= length) {
				this.have = 0;
				message(bytes.subarray(at, at + length));
				at += length;
				continue;
			}
			at = this.fill(bytes, at, length);
			if (this.filled < length) return true;
			const whole = this.body as unknown as Uint8Array;
			this.body = null;
			this.have = 0;
			message(whole.subarray(0, length));
		}
		return true;
	}

	private length(): number {
		const h = this.head;
		return (((h[1] as number) << 24) | ((h[2] as number) << 16) | ((h[3] as number) << 8) | (h[4] as number)) >>> 0;
	}

	private begin(): boolean {
		this.body = null;
		this.filled = 0;
		if (this.head[0] !== 0) this.why = this.head[0] === 1 ? 'a compressed message, though none was asked for' : 'no message of gRPC';
		else if (this.length() > this.most) {
			this.why = `a message of ${this.length()} bytes, over ${this.most}`;
			this.tooLarge = true;
		}
		return this.why === '';
	}

	/** It grows with what has come, never with what was announced. */
	private fill(bytes: Uint8Array, at: number, length: number): number {
		const taken = Math.min(length - this.filled, bytes.length - at);
		if (this.body === null || this.body.length < this.filled + taken) {
			const grown = new Uint8Array(Math.min(length, Math.max(256, (this.filled + taken) * 2)));
			if (this.body) grown.set(this.body.subarray(0, this.filled));
			this.body = grown;
		}
		this.body.set(bytes.subarray(at, at + taken), this.filled);
		this.filled += taken;
		return at + taken;
	}
}

/** The value of a field, '' where it is absent; of a repeated one the first. */
export const fieldOf = (fields: readonly Field[], name: string): string => {
	for (const field of fields) if (field.name === name) return field.value;
	return '';
};

/** `grpc-status` of a block: null where it is absent, -1 where it is no number. */
export const grpcStatusOf = (fields: readonly Field[]): number | null => {
	const text = fieldOf(fields, 'grpc-status');
	return text === '' ? null : /^\d{1,9}$/.test(text) ? Number(text) : -1;
};

/** `grpc-message`: UTF-8 in percent-encoding; what is encoded wrongly stays as it is. */
export const grpcText = (value: string): string => (value.includes('%') ? value.replace(/(?:%[\da-f]{2})+/gi, decodeRun) : value);
const utf8 = new TextDecoder();
const decodeRun = (run: string): string => utf8.decode(Uint8Array.from(run.slice(1).split('%'), (pair) => Number.parseInt(pair, 16)));
