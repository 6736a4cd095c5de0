import { type Http1Head, parseFields, parseRequestLine, parseStatusLine, TOKEN } from './http1-head.js';

export type { Http1Head } from './http1-head.js';

/** A longer header block (or chunk line, or trailer) is not followed. */
export const MAX_HEAD = 65_536;

export type Http1Event = 'none' | 'head' | 'end' | 'opaque';

type State =
	| 'idle'
	| 'head'
	| 'ended'
	| 'length'
	| 'size'
	| 'extension'
	| 'size-lf'
	| 'data'
	| 'data-cr'
	| 'data-lf'
	| 'trailer'
	| 'trailer-line'
	| 'trailer-lf'
	| 'last-lf'
	| 'close'
	| 'lost-next'
	| 'opaque';

const CR = 13;
const LF = 10;
const VERSION = 'HTTP/1.';
const latin1 = new TextDecoder('latin1');

/**
 * Follows one direction of an HTTP/1.x connection (RFC 9112) in whatever cuts its bytes come, to tell where messages
 * begin and end; it keeps no body, and never more than one header block. What it cannot follow beyond doubt (TLS,
 * another protocol, lengths over which two readers could disagree) makes it `opaque` for good. It never throws.
 */
export class Http1Parser {
	/** What the last {@link step} ran into. */
	event: Http1Event = 'none';
	/** The latest head; a new object per message. */
	head: Http1Head;
	/** Why it is opaque; '' while it is not. */
	why = '';
	/** Of the latest message: bytes of its body so far, without those of chunked framing. */
	bodyBytes = 0;

	private state: State = 'idle';
	private line = 0;
	private size = 0;
	private left = 0;
	private crlf = 0;
	private first = true;
	private kept: Uint8Array | null = null;
	private keptLength = 0;
	private headLength = 0;
	private fieldsFrom = 0;
	private lostAfter = '';
	private readonly wanted: readonly string[];
	private readonly answers: (() => string) | null;

	/**
	 * `wanted`: lower-case names of headers whose values are to be kept. `answers` makes it a parser of responses: it is
	 * asked at each head for the method of the oldest request without an answer ('' if there is none).
	 */
	constructor(wanted: readonly string[] = [], answers: (() => string) | null = null) {
		this.wanted = wanted;
		this.answers = answers;
		this.head = this.blank();
	}

	get opaque(): boolean {
		return this.state === 'opaque';
	}
	/** No message is under way: the next byte begins one. */
	get idle(): boolean {
		return this.state === 'idle';
	}

	/** The next byte belongs to a body (and not to its framing). */
	get bodyFollows(): boolean {
		return this.state === 'close' || ((this.state === 'length' || this.state === 'data') && this.left > 0);
	}

	/** Memory held for a head that is not whole yet: at most {@link MAX_HEAD}. */
	get keptBytes(): number {
		return this.kept?.length ?? 0;
	}

	/** Stops following, for a reason only the caller knows (a 101 in the other direction). */
	lose(why: string): void {
		if (this.state === 'opaque') return;
		this.why = why;
		this.state = 'opaque';
		this.kept = null;
	}

	/**
	 * Reads `bytes` from `at` up to `end`, or up to the first event. Returns the index after what was read. Go on while
	 * the index is below `end` or the event is not 'none': an 'end' may follow a 'head' without a byte between.
	 */
	step(bytes: Uint8Array, at: number, end: number): number {
		this.event = 'none';
		let i = at;
		for (;;) {
			switch (this.state) {
				case 'opaque':
					return end;
				case 'close':
					this.bodyBytes += end - i;
					return end;
				case 'ended':
					this.event = 'end';
					this.state = this.lostAfter === '' ? 'idle' : 'lost-next';
					return i;
				case 'lost-next':
					return this.fail(this.lostAfter, i);
				case 'idle':
					while (i < end && (bytes[i] === CR || bytes[i] === LF)) i++;
					if (i === end) return end;
					this.beginHead();
					break;
				case 'head':
					return this.readHead(bytes, i, end);
				case 'length':
				case 'data': {
					const taken = Math.min(this.left, end - i);
					i += taken;
					this.left -= taken;
					this.bodyBytes += taken;
					if (this.left > 0) return end;
					this.state = this.state === 'length' ? 'ended' : 'data-cr';
					break;
				}
				default:
					if (i === end) return end;
					if (!this.chunkByte(bytes[i] as number)) return this.fail('a chunk that cannot be read', i);
					i++;
			}
		}
	}

	/** The other side has closed: 'end' completes a body that lasts until the close, 'truncated' is a message without its end. */
	finish(): 'none' | 'end' | 'truncated' {
		if (this.state === 'idle' || this.state === 'lost-next' || this.state === 'opaque') return 'none';
		const whole = this.state === 'close' || this.state === 'ended';
		this.state = 'idle';
		this.kept = null;
		return whole ? 'end' : 'truncated';
	}

	private blank(): Http1Head {
		return { method: '', path: '', status: 0, minor: 1, keepAlive: true, expectContinue: false, values: [] };
	}

	private beginHead(): void {
		this.state = 'head';
		this.head = this.blank();
		this.bodyBytes = 0;
		this.headLength = 0;
		this.keptLength = 0;
		this.fieldsFrom = 0;
		this.crlf = 0;
		this.first = true;
	}

	private fail(why: string, at: number): number {
		this.lose(why);
		this.event = 'opaque';
		return at;
	}

	/** One pass over the bytes: line ends, the first line as soon as it is whole, and the empty line. */
	private readHead(bytes: Uint8Array, at: number, end: number): number {
		for (let i = at; i < end; i++) {
			const c = bytes[i] as number;
			this.headLength++;
			if (this.headLength > MAX_HEAD) return this.fail('a header block over 64 KiB', i);
			if (this.crlf === 1 || this.crlf === 3) {
				if (c !== LF) return this.fail('a CR without LF', i);
				this.crlf++;
				if (this.crlf === 4) return this.endHead(bytes, at, i + 1);
				if (this.first) {
					this.first = false;
					this.fieldsFrom = this.headLength;
					if (!this.startLine(this.text(bytes, at, i + 1, 0, this.headLength - 2))) return this.fail('not HTTP/1', i);
				}
			} else if (c === CR) this.crlf++;
			else if (c === LF) return this.fail('a LF without CR', i);
			else if (c === 0) return this.fail('a NUL in a header', i);
			else if (this.crlf === 2 && (c === 32 || c === 9)) return this.fail('a folded header line', i);
			else {
				this.crlf = 0;
				if (this.first && !this.plausible(c)) return this.fail('not HTTP/1', i);
			}
		}
		this.keep(bytes, at, end);
		return end;
	}

	/** Tells other protocols from HTTP/1 by the bytes of a first line that is not whole yet. */
	private plausible(c: number): boolean {
		const n = this.headLength - 1;
		if (this.answers) return n >= VERSION.length || c === VERSION.charCodeAt(n);
		if (c < 32 || c === 127) return false;
		// `line` is 0 until the method has ended; no method in the IANA registry is longer than 17 characters.
		if (n === 0) this.line = 0;
		if (this.line === 1) return true;
		if (c === 32 && n > 0) this.line = 1;
		else return TOKEN[c] === 1 && n < 32;
		return true;
	}

	private startLine(line: string): boolean {
		return this.answers ? parseStatusLine(line, this.head) : parseRequestLine(line, this.head);
	}

	private endHead(bytes: Uint8Array, at: number, end: number): number {
		const method = this.answers ? this.answers() : null;
		const fields = this.text(bytes, at, end, this.fieldsFrom, this.headLength - 2);
		const framing = parseFields(fields, this.head, this.wanted, method);
		if (framing.kind === 'lost') return this.fail(framing.why, end);
		this.event = 'head';
		this.kept = null;
		const { status } = this.head;
		if (status === 101) this.lostAfter = 'upgrade';
		else if (method === 'CONNECT' && status >= 200 && status < 300) this.lostAfter = 'connect';
		else if (this.head.method === 'CONNECT') this.lostAfter = 'connect';
		if (this.answers && this.lostAfter === 'connect') this.state = 'ended';
		else if (this.answers && status < 200) this.state = status === 101 ? 'ended' : 'idle';
		else if (framing.kind === 'none') this.state = 'ended';
		else if (framing.kind === 'close') this.state = 'close';
		else if (framing.kind === 'chunked') this.beginChunk();
		else {
			this.state = 'length';
			this.left = framing.length;
		}
		return end;
	}

	private beginChunk(): void {
		this.state = 'size';
		this.size = 0;
		this.line = 0;
	}

	/** One byte of chunked framing (RFC 9112, 7.1); false: it is none. */
	private chunkByte(c: number): boolean {
		this.line++;
		if (this.line > MAX_HEAD) return false;
		switch (this.state) {
			case 'size': {
				const digit = hex(c);
				if (digit >= 0) {
					if (this.line > 12) return false;
					this.size = this.size * 16 + digit;
				} else if (this.line === 1) return false;
				else if (c === CR) this.state = 'size-lf';
				else if (c === 59 || c === 32 || c === 9) this.state = 'extension';
				else return false;
				return true;
			}
			case 'extension':
				if (c === CR) this.state = 'size-lf';
				return c !== LF;
			case 'size-lf':
				this.left = this.size;
				this.state = this.size === 0 ? 'trailer' : 'data';
				this.line = 0;
				return c === LF;
			case 'data-cr':
				this.state = 'data-lf';
				return c === CR;
			case 'data-lf':
				this.beginChunk();
				return c === LF;
			case 'trailer':
				this.state = c === CR ? 'last-lf' : 'trailer-line';
				return c !== LF;
			case 'trailer-line':
				if (c === CR) this.state = 'trailer-lf';
				return c !== LF;
			case 'trailer-lf':
				this.state = 'trailer';
				return c === LF;
			default:
				this.state = 'ended';
				return c === LF;
		}
	}

	private keep(bytes: Uint8Array, at: number, end: number): void {
		const needed = this.keptLength + end - at;
		if (!this.kept || this.kept.length < needed) {
			const grown = new Uint8Array(Math.min(MAX_HEAD, Math.max(1024, needed * 2)));
			if (this.kept) grown.set(this.kept.subarray(0, this.keptLength));
			this.kept = grown;
		}
		this.kept.set(bytes.subarray(at, end), this.keptLength);
		this.keptLength = needed;
	}

	/** Bytes `from` to `to` of the head as text, of which `at`…`end` is in this piece and the rest was kept. */
	private text(bytes: Uint8Array, at: number, end: number, from: number, to: number): string {
		if (this.keptLength === 0) return latin1.decode(bytes.subarray(at + from, at + to));
		const whole = new Uint8Array(this.keptLength + end - at);
		whole.set((this.kept as Uint8Array).subarray(0, this.keptLength));
		whole.set(bytes.subarray(at, end), this.keptLength);
		return latin1.decode(whole.subarray(from, to));
	}
}

const hex = (c: number): number => {
	if (c >= 48 && c <= 57) return c - 48;
	const lower = c | 32;
	return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};
