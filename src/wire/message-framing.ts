/** How messages of text follow one another on a stream: a line each, or behind a head with `Content-Length` (Language Server Protocol 3.17, base protocol). */
export type FramingKind = 'line' | 'length';

const LF = 10;
/** A head with its empty line may have so many bytes. */
const MOST_HEAD = 4096;
const latin1 = new TextDecoder('latin1');
const utf8 = new TextEncoder();

export const frameMessage = (text: string, kind: FramingKind): Uint8Array => {
	const body = utf8.encode(kind === 'line' ? `${text}\n` : text);
	if (kind === 'line') return body;
	const head = utf8.encode(`Content-Length: ${body.length}\r\n\r\n`);
	const out = new Uint8Array(head.length + body.length);
	out.set(head);
	out.set(body, head.length);
	return out;
};

/** Cuts a stream into messages, in whatever pieces it comes; it keeps at most one of `most` bytes. */
export class MessageReader {
	/** Why nothing more can be read; '' while all is well. */
	why = '';
	tooLarge = false;
	private kept: Uint8Array = new Uint8Array(0);
	private have = 0;
	/** Length of the body whose head was read; -1: the head is next. */
	private body = -1;
	private readonly kind: FramingKind;
	private readonly most: number;

	constructor(kind: FramingKind, most: number) {
		this.kind = kind;
		this.most = most;
	}

	/** A message has begun. */
	get open(): boolean {
		return this.have > 0 || this.body >= 0;
	}

	/** `message` is valid during the call; `false` from it: read no further. */
	read(bytes: Uint8Array, message: (message: Uint8Array) => boolean): boolean {
		let at = 0;
		while (at < bytes.length && this.why === '') {
			const end = this.body >= 0 ? this.endOfBody(bytes, at) : this.endOfLine(bytes, at);
			if (end < 0) {
				this.keep(bytes.subarray(at));
				return this.why === '';
			}
			const whole = this.join(bytes.subarray(at, end));
			at = end;
			if (this.body < 0 && this.kind === 'length') this.head(whole);
			else {
				this.body = -1;
				this.have = 0;
				// Empty lines between messages are harmless, and common.
				const text = this.kind === 'line' ? trimmed(whole) : whole;
				if (text.length > this.most) this.fail(`a message over ${this.most} bytes`, true);
				else if ((text.length > 0 || this.kind === 'length') && !message(text)) return true;
			}
		}
		return this.why === '';
	}

	private endOfBody(bytes: Uint8Array, at: number): number {
		const left = this.body - this.have;
		return bytes.length - at >= left ? at + left : -1;
	}

	/** Of a head the end is an empty line; it is looked for line by line, as lines are kept until then. */
	private endOfLine(bytes: Uint8Array, at: number): number {
		for (let i = bytes.indexOf(LF, at); i >= 0; i = bytes.indexOf(LF, i + 1)) if (this.kind === 'line' || this.isEmptyLine(bytes, at, i)) return i + 1;
		return -1;
	}

	/** Whether the LF at `i` ends CRLFCRLF, seen together with what is kept. */
	private isEmptyLine(bytes: Uint8Array, at: number, i: number): boolean {
		const before = (n: number): number | undefined => (i - n >= at ? bytes[i - n] : this.kept[this.have - (n - (i - at))]);
		return before(1) === 13 && before(2) === LF && before(3) === 13;
	}

	private keep(piece: Uint8Array): void {
		const most = this.body < 0 && this.kind === 'length' ? MOST_HEAD : this.most + 2;
		if (this.have + piece.length > most) {
			this.fail(most === MOST_HEAD ? 'a head over 4 KiB' : `a message over ${this.most} bytes`, true);
			return;
		}
		if (this.kept.length < this.have + piece.length) {
			const grown = new Uint8Array(Math.max(64, (this.have + piece.length) * 2));
			grown.set(this.kept.subarray(0, this.have));
			this.kept = grown;
		}
		this.kept.set(piece, this.have);
		this.have += piece.length;
	}

	private join(piece: Uint8Array): Uint8Array {
		if (this.have === 0) return piece;
		this.keep(piece);
		return this.why === '' ? this.kept.subarray(0, this.have) : piece;
	}

	private head(bytes: Uint8Array): void {
		const text = latin1.decode(bytes);
		this.have = 0;
		const lengths = text.match(/^content-length:.*$/gim) ?? [];
		const found = lengths.length === 1 ? /^content-length:[ \t]*(\d{1,10})[ \t]*\r?$/i.exec(lengths[0] as string) : null;
		const lines = text.slice(0, -4).split('\r\n');
		if (!found || !lines.every((line) => /^[\w-]+:/.test(line))) this.fail('a head without one Content-Length', false);
		else if (Number(found[1]) === 0) this.fail('an empty message', false);
		else if (Number(found[1]) > this.most) this.fail(`a message of ${found[1]} bytes, over ${this.most}`, true);
		else this.body = Number(found[1]);
	}

	private fail(why: string, tooLarge: boolean): void {
		if (this.why !== '') return;
		this.why = why;
		this.tooLarge = tooLarge;
		this.kept = new Uint8Array(0);
		this.have = 0;
	}
}

const trimmed = (line: Uint8Array): Uint8Array => line.subarray(0, line.length - (line[line.length - 2] === 13 ? 2 : 1));
