import { TOKEN } from './http1-head.js';

/** Status line, headers, trailers and interim answers together: more is not read. */
export const MAX_ANSWER_HEAD = 65_536;

const CR = 13;
const LF = 10;
const latin1 = new TextDecoder('latin1');

type State = 'status' | 'fields' | 'length' | 'size' | 'data' | 'data-end' | 'trailer' | 'close' | 'done' | 'failed';

/**
 * Reads the answers to one request at a time (RFC 9112) with next to no allocation: nothing is decoded but numbers, and
 * a line is copied only if a read ends inside it. As strict as {@link Http1Parser}: over what two readers could disagree
 * is an error. Use: `begin`, then `read` until `state` is 'done' or 'failed'; `finish` at EOF.
 */
export class Http1Answer {
	state: State = 'done';
	status = 0;
	/** The server keeps the connection open after this answer. */
	keepAlive = false;
	/** Why it failed. */
	why = '';
	/** It failed for its size alone. */
	tooLarge = false;
	/** Bytes of the body so far. */
	length = 0;
	/** Lower-case names, repeated ones joined by a comma; only when kept. */
	headers: Record<string, string> = {};

	private minor = 1;
	private toHead = false;
	private left = 0;
	private headBytes = 0;
	private contentLength = -1;
	private chunked = false;
	private coded = false;
	private miscoded = false;
	private line: Uint8Array | null = null;
	private lineLength = 0;
	private pieces: Uint8Array[] = [];
	private readonly maxBody: number;
	private readonly keep: boolean;

	/** `keep`: headers and body are kept, of the latter at most `maxBody` bytes, beyond which it fails in any case. */
	constructor(maxBody: number, keep: boolean) {
		this.maxBody = maxBody;
		this.keep = keep;
	}

	/** Whether it was made with these. */
	fits(maxBody: number, keep: boolean): boolean {
		return this.maxBody === maxBody && this.keep === keep;
	}

	/** Before an answer is read. `toHead`: its method is HEAD, so no body follows. */
	begin(toHead: boolean): void {
		this.state = 'status';
		this.toHead = toHead;
		this.why = '';
		this.tooLarge = false;
		this.status = 0;
		this.length = 0;
		this.headBytes = 0;
		this.line = null;
		this.lineLength = 0;
		this.resetHead();
		if (this.keep) this.pieces = [];
	}

	/** Reads `bytes` from `at` up to `end`; returns the index after what belongs to this answer. */
	read(bytes: Uint8Array, at: number, end: number): number {
		let i = at;
		while (i < end) {
			switch (this.state) {
				case 'done':
				case 'failed':
					return i;
				case 'length':
				case 'data': {
					const taken = Math.min(this.left, end - i);
					if (!this.body(bytes, i, i + taken)) return i;
					i += taken;
					this.left -= taken;
					if (this.left === 0) this.state = this.state === 'length' ? 'done' : 'data-end';
					break;
				}
				case 'close':
					this.body(bytes, i, end);
					return end;
				default:
					i = this.readLine(bytes, i, end);
			}
		}
		return i;
	}

	/** The connection has ended: true if the answer is whole. */
	finish(): boolean {
		if (this.state === 'close') this.state = 'done';
		return this.state === 'done';
	}

	/** The body as kept. */
	takeBody(): Uint8Array {
		const whole = new Uint8Array(this.length);
		let at = 0;
		for (const piece of this.pieces) {
			whole.set(piece, at);
			at += piece.length;
		}
		this.pieces = [];
		return whole;
	}

	private resetHead(): void {
		this.contentLength = -1;
		this.chunked = false;
		this.coded = false;
		this.miscoded = false;
		if (this.keep) this.headers = {};
	}

	private fail(why: string, tooLarge = false): false {
		this.state = 'failed';
		this.why = why;
		this.tooLarge = tooLarge;
		this.line = null;
		return false;
	}

	private body(bytes: Uint8Array, from: number, to: number): boolean {
		this.length += to - from;
		if (this.length > this.maxBody) return this.fail(`a body over ${this.maxBody} bytes`, true);
		// A copy in any case: the slice of a Buffer is none.
		if (this.keep) this.pieces.push(new Uint8Array(bytes.subarray(from, to)));
		return true;
	}

	/** Takes one line, or what there is of it. */
	private readLine(bytes: Uint8Array, at: number, end: number): number {
		let i = at;
		while (i < end && bytes[i] !== LF) i++;
		const next = i === end ? end : i + 1;
		// Chunk sizes are counted too, each for itself: an endless extension is as bad as an endless header.
		this.headBytes = this.state === 'size' && this.line === null ? next - at : this.headBytes + next - at;
		if (this.headBytes > MAX_ANSWER_HEAD) {
			this.fail('a head over 64 KiB', true);
			return next;
		}
		if (i === end) {
			if (this.state === 'status' && !plausible(bytes, at, end, this.lineLength)) this.fail('not HTTP/1');
			else this.stash(bytes, at, end);
			return end;
		}
		if (this.line === null) this.takeLine(bytes, at, i);
		else {
			this.stash(bytes, at, i);
			const { line, lineLength } = this;
			this.line = null;
			this.lineLength = 0;
			this.takeLine(line as Uint8Array, 0, lineLength);
		}
		return next;
	}

	private stash(bytes: Uint8Array, from: number, to: number): void {
		const needed = this.lineLength + to - from;
		if (this.line === null || this.line.length < needed) {
			const grown = new Uint8Array(Math.max(64, needed * 2));
			if (this.line) grown.set(this.line.subarray(0, this.lineLength));
			this.line = grown;
		}
		this.line.set(bytes.subarray(from, to), this.lineLength);
		this.lineLength = needed;
	}

	/** One line `line[at…end)`, its LF not included. */
	private takeLine(line: Uint8Array, at: number, end: number): void {
		if (end === at || line[end - 1] !== CR) {
			this.fail(this.state === 'status' && !plausible(line, at, end, 0) ? 'not HTTP/1' : 'a line that does not end in CRLF');
			return;
		}
		const to = end - 1;
		switch (this.state) {
			case 'status':
				this.takeStatus(line, at, to);
				return;
			case 'fields':
				if (to === at) this.endHead();
				else this.takeField(line, at, to);
				return;
			case 'size':
				this.takeSize(line, at, to);
				return;
			case 'data-end':
				if (to !== at) this.fail('a chunk that is longer than it says');
				else this.state = 'size';
				return;
			default:
				// A trailer: nobody asked for it, so it is only passed over.
				if (to === at) this.state = 'done';
				else if (hasControl(line, at, to)) this.fail('a control character in a trailer');
		}
	}

	/** `HTTP/1.1 200 OK`; the reason phrase may be missing, with its blank. */
	private takeStatus(line: Uint8Array, at: number, end: number): void {
		const digit = (i: number): number => (line[at + i] as number) - 48;
		const sound = end - at >= 12 && plausible(line, at, at + 7, 0) && line[at + 8] === 32 && (end - at === 12 || line[at + 12] === 32);
		const status = sound ? digit(9) * 100 + digit(10) * 10 + digit(11) : 0;
		const minor = sound ? digit(7) : 9;
		const digits = sound && [9, 10, 11].every((i) => digit(i) >= 0 && digit(i) <= 9);
		if (!digits || status < 100 || minor > 1 || minor < 0) {
			this.fail('not HTTP/1');
			return;
		}
		if (hasControl(line, at, end)) {
			this.fail('a control character in a status line');
			return;
		}
		this.status = status;
		this.minor = minor;
		this.keepAlive = minor === 1;
		this.state = 'fields';
	}

	private takeField(line: Uint8Array, at: number, end: number): void {
		let colon = at;
		while (colon < end && TOKEN[line[colon] as number] === 1) colon++;
		if (colon === at || line[colon] !== 58) {
			this.fail(line[at] === 32 || line[at] === 9 ? 'a folded header line' : 'a header line without a name');
			return;
		}
		let from = colon + 1;
		let to = end;
		while (from < to && blank(line[from] as number)) from++;
		while (to > from && blank(line[to - 1] as number)) to--;
		if (hasControl(line, from, to)) {
			this.fail('a control character in a header');
			return;
		}
		switch (colon - at) {
			case 10:
				if (same(line, at, 'connection')) this.connection(line, from, to);
				break;
			case 14:
				if (same(line, at, 'content-length')) this.takeLength(line, from, to);
				break;
			case 17:
				if (same(line, at, 'transfer-encoding')) this.takeCoding(latin1.decode(line.subarray(from, to)).toLowerCase());
		}
		if (!this.keep) return;
		const name = latin1.decode(line.subarray(at, colon)).toLowerCase();
		const value = latin1.decode(line.subarray(from, to));
		const before = Object.hasOwn(this.headers, name) ? this.headers[name] : undefined;
		Object.defineProperty(this.headers, name, {
			value: before === undefined ? value : `${before}, ${value}`,
			enumerable: true,
			configurable: true,
			writable: true,
		});
	}

	private connection(line: Uint8Array, from: number, to: number): void {
		// What nearly every server says, without making a string of it.
		if (to - from === 10 && same(line, from, 'keep-alive')) {
			if (this.minor === 0) this.keepAlive = true;
			return;
		}
		for (const option of latin1.decode(line.subarray(from, to)).toLowerCase().split(',')) {
			if (option.trim() === 'close') this.keepAlive = false;
			else if (option.trim() === 'keep-alive' && this.minor === 0) this.keepAlive = true;
		}
	}

	private takeLength(line: Uint8Array, from: number, to: number): void {
		let n = 0;
		for (let i = from; i < to; i++) {
			const digit = (line[i] as number) - 48;
			if (digit < 0 || digit > 9 || i - from > 14) n = Number.NaN;
			else n = n * 10 + digit;
		}
		if (from === to || Number.isNaN(n)) this.fail('a content length that is no number');
		else if (this.contentLength >= 0 && this.contentLength !== n) this.fail('two different content lengths');
		else this.contentLength = n;
	}

	/** Chunked may be there once, and last. */
	private takeCoding(value: string): void {
		const codings = value.split(',').map((c) => c.trim());
		const at = codings.indexOf('chunked');
		this.coded = true;
		if (this.chunked || (at >= 0 && at < codings.length - 1)) this.miscoded = true;
		if (at >= 0) this.chunked = true;
	}

	/** RFC 9112, 6.3: how the end of the body is found. */
	private endHead(): void {
		if (this.coded && this.contentLength >= 0) this.fail('both a content length and a transfer coding');
		else if (this.status === 101) this.fail('it changed the protocol, and nobody had asked');
		else if (this.status < 200) {
			this.resetHead();
			this.state = 'status';
		} else if (this.toHead || this.status === 204 || this.status === 304 || this.contentLength === 0) this.state = 'done';
		else if (this.coded && this.minor === 0) this.fail('a transfer coding in HTTP/1.0');
		else if (this.miscoded) this.fail('a transfer coding after chunked');
		else if (this.chunked) this.state = 'size';
		else if (this.contentLength > 0) {
			if (this.contentLength > this.maxBody) this.fail(`a body of ${this.contentLength} bytes, over ${this.maxBody}`, true);
			this.left = this.contentLength;
			if (this.state !== 'failed') this.state = 'length';
		} else {
			this.keepAlive = false;
			this.state = 'close';
		}
	}

	/** `1a;extension`: at most 12 hex digits. */
	private takeSize(line: Uint8Array, at: number, end: number): void {
		let size = 0;
		let i = at;
		for (; i < end; i++) {
			const digit = hex(line[i] as number);
			if (digit < 0) break;
			size = size * 16 + digit;
		}
		const after = line[i] as number;
		if (i === at || i - at > 12 || (i < end && after !== 59 && !blank(after))) {
			this.fail('a chunk that cannot be read');
			return;
		}
		this.left = size;
		this.state = size === 0 ? 'trailer' : 'data';
		if (size === 0) this.headBytes = 0;
	}
}

const VERSION = [72, 84, 84, 80, 47, 49, 46];
/** Whether these are bytes `done`… of an HTTP/1.x status line, as far as they go. */
const plausible = (bytes: Uint8Array, at: number, end: number, done: number): boolean => {
	for (let i = at, n = done; i < end && n < 7; i++, n++) if (bytes[i] !== VERSION[n]) return false;
	return true;
};
const hasControl = (line: Uint8Array, from: number, to: number): boolean => {
	for (let i = from; i < to; i++) {
		const c = line[i] as number;
		if (c < 32 && c !== 9) return true;
	}
	return false;
};
const blank = (c: number): boolean => c === 32 || c === 9;
/** Whether the letters at `at` are `name`, of the same length, in whatever case. */
const same = (line: Uint8Array, at: number, name: string): boolean => {
	for (let i = 0; i < name.length; i++) {
		const c = line[at + i] as number;
		if ((c >= 65 && c <= 90 ? c | 32 : c) !== name.charCodeAt(i)) return false;
	}
	return true;
};
const hex = (c: number): number => {
	if (c >= 48 && c <= 57) return c - 48;
	const lower = c | 32;
	return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};
