import { Malformed } from './cut.js';

const text = new TextEncoder();
const utf8 = new TextDecoder();

/** Strings and buffers of a ZooKeeper answer are at most this long (jute.maxbuffer is 1 MiB by default; clients may raise it). */
export const MOST_JUTE = 16 * 1024 * 1024;

/** Jute, ZooKeeper's encoding: big-endian numbers, strings and buffers with a length before them (−1: null), vectors with a count. */
export class JuteWriter {
	private bytes = new Uint8Array(256);
	private view = new DataView(this.bytes.buffer);
	private at = 0;

	private room(more: number): number {
		const from = this.at;
		this.at += more;
		if (this.at > this.bytes.length) {
			const larger = new Uint8Array(Math.max(this.at, this.bytes.length * 2));
			larger.set(this.bytes);
			this.bytes = larger;
			this.view = new DataView(larger.buffer);
		}
		return from;
	}

	int(value: number): this {
		const at = this.room(4);
		this.view.setInt32(at, value);
		return this;
	}

	long(value: bigint): this {
		const at = this.room(8);
		this.view.setBigInt64(at, value);
		return this;
	}

	bool(value: boolean): this {
		const at = this.room(1);
		this.bytes[at] = value ? 1 : 0;
		return this;
	}

	buffer(value: Uint8Array): this {
		this.int(value.length);
		const at = this.room(value.length);
		this.bytes.set(value, at);
		return this;
	}

	string(value: string): this {
		return this.buffer(text.encode(value));
	}

	/** With its length before it: a packet. */
	packet(): Uint8Array {
		const whole = new Uint8Array(4 + this.at);
		new DataView(whole.buffer).setInt32(0, this.at);
		whole.set(this.bytes.subarray(0, this.at), 4);
		return whole;
	}
}

/** Reads one packet's content; whatever does not fit is {@link Malformed}. */
export class JuteReader {
	private readonly bytes: Uint8Array;
	private readonly view: DataView;
	private at = 0;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get left(): number {
		return this.bytes.length - this.at;
	}

	private take(count: number, what: string): number {
		if (count < 0 || count > this.left) throw new Malformed(`${what} of ${count} bytes where ${this.left} are left`);
		const from = this.at;
		this.at += count;
		return from;
	}

	int(): number {
		return this.view.getInt32(this.take(4, 'an int'));
	}

	long(): bigint {
		return this.view.getBigInt64(this.take(8, 'a long'));
	}

	bool(): boolean {
		return this.bytes[this.take(1, 'a boolean')] !== 0;
	}

	/** Null is an empty one: ZooKeeper makes no difference that a client could use. */
	buffer(): Uint8Array {
		const length = this.int();
		if (length === -1) return new Uint8Array(0);
		const from = this.take(length, 'a buffer');
		return this.bytes.subarray(from, from + length);
	}

	string(): string {
		return utf8.decode(this.buffer());
	}

	strings(): string[] {
		const count = this.int();
		if (count === -1) return [];
		// Each takes at least its length: a count beyond that is a lie that must not be allocated for.
		if (count < 0 || count > this.left / 4) throw new Malformed(`a vector of ${count} strings in ${this.left} bytes`);
		return Array.from({ length: count }, () => this.string());
	}
}
