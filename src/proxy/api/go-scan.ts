/** A JSON value as it was written: numbers keep their text, objects their order and duplicates. */
export type Node =
	| { kind: 'object'; entries: [key: string, value: Node][] }
	| { kind: 'array'; items: Node[] }
	| { kind: 'string'; value: string }
	| { kind: 'number'; text: string }
	| { kind: 'bool'; value: boolean }
	| { kind: 'null' };

/** An error of Go's encoding/json, with its text. */
export class GoJsonError extends Error {}

const MAX_DEPTH = 10_000;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
/** No byte: the end. */
const END = -1;
const code = (character: string): number => character.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, COLON, MINUS, PLUS, DOT] = ['"', '\\', ',', ':', '-', '+', '.'].map(code) as [
	number,
	number,
	number,
	number,
	number,
	number,
	number,
];
const [OPEN, CLOSE, BEGIN, FINISH] = ['{', '}', '[', ']'].map(code) as [number, number, number, number];
const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '\\': '\\', '/': '/', '"': '"' };
const NAMED: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '"', 39: "\\'", 92: '\\\\' };

/** strconv.Quote of one byte, between apostrophes: Go takes the byte for a Latin-1 character. */
const quoteByte = (byte: number): string => {
	const named = NAMED[byte];
	if (named !== undefined) return `'${named}'`;
	if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
	if ((byte >= 0x80 && byte <= 0xa0) || byte === 0xad) return `'\\u00${byte.toString(16)}'`;
	return `'${String.fromCharCode(byte)}'`;
};

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How long the UTF-8 sequence is that begins here; 0: none does. Unicode 15, table 3-7. */
const sequence = (bytes: Uint8Array, at: number): number => {
	const lead = bytes[at] as number;
	if (lead < 0x80) return 1;
	const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	const second = bytes[at + 1] ?? 0;
	if (length === 0 || second < (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80) || second > (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf)) return 0;
	for (let k = 2; k < length; k++) if (((bytes[at + k] ?? 0) & 0xc0) !== 0x80) return 0;
	return length;
};

/** UTF-8 as Go reads it: each byte that begins no valid sequence is one U+FFFD. */
const decodeUtf8 = (bytes: Uint8Array): string => {
	try {
		return strict.decode(bytes);
	} catch {
		const mended = Buffer.allocUnsafe(bytes.length * 3);
		let end = 0;
		for (let at = 0; at < bytes.length; ) {
			const length = sequence(bytes, at);
			if (length === 0) {
				mended.writeUIntBE(0xefbfbd, end, 3);
				end += 3;
				at++;
			}
			for (let k = 0; k < length; k++) mended[end++] = bytes[at++] as number;
		}
		return mended.toString('utf8', 0, end);
	}
};

/**
 * The first JSON value of these bytes, as Go's json.Decoder reads it: what follows the value is ignored. Throws
 * {@link GoJsonError} with Go 1.23's text ("EOF", "unexpected EOF", "invalid character 'x' looking for beginning of value").
 */
export const scan = (bytes: Uint8Array): Node => {
	const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	let at = 0;
	const bad = (context: string): GoJsonError => {
		if (at < bytes.length) return new GoJsonError(`invalid character ${quoteByte(bytes[at] as number)} ${context}`);
		return new GoJsonError(bytes.every(isSpace) ? 'EOF' : 'unexpected EOF');
	};
	const peek = (): number => (at < bytes.length ? (bytes[at] as number) : END);
	const skip = (): number => {
		while (at < bytes.length && isSpace(bytes[at] as number)) at++;
		return peek();
	};
	const word = (text: string): void => {
		for (let i = 0; i < text.length; i++, at++) {
			if (peek() !== text.charCodeAt(i)) throw bad(`in literal ${text} (expecting '${text[i]}')`);
		}
	};
	const digits = (context: string): void => {
		if (!isDigit(peek())) throw bad(context);
		while (isDigit(peek())) at++;
	};
	const number = (): Node => {
		const start = at;
		if (peek() === MINUS) at++;
		if (peek() === 0x30) at++;
		else digits('in numeric literal');
		if (peek() === DOT) {
			at++;
			digits('after decimal point in numeric literal');
		}
		if ((peek() | 0x20) === 0x65) {
			at++;
			if (peek() === PLUS || peek() === MINUS) at++;
			digits('in exponent of numeric literal');
		}
		return { kind: 'number', text: buffer.toString('latin1', start, at) };
	};
	const unescaped = (): string => {
		const c = String.fromCharCode(Math.max(0, peek()));
		if (c !== 'u') {
			const plain = ESCAPES[c];
			if (plain === undefined) throw bad('in string escape code');
			at++;
			return plain;
		}
		at++;
		let unit = 0;
		for (let i = 0; i < 4; i++, at++) {
			const digit = Number.parseInt(String.fromCharCode(Math.max(0, peek())), 16);
			if (Number.isNaN(digit)) throw bad('in \\u hexadecimal character escape');
			unit = unit * 16 + digit;
		}
		return String.fromCharCode(unit);
	};
	const string = (): string => {
		let text = '';
		let start = ++at;
		let escaped = false;
		let high = 0;
		for (;;) {
			const byte = bytes[at];
			if (byte === undefined || byte < 0x20) throw bad('in string literal');
			if (byte !== QUOTE && byte !== BACKSLASH) {
				high |= byte;
				at++;
				continue;
			}
			if (at > start) text += high < 0x80 ? buffer.toString('latin1', start, at) : decodeUtf8(bytes.subarray(start, at));
			high = 0;
			at++;
			// Half a surrogate pair is no character in Go.
			if (byte === QUOTE) return escaped ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
			escaped = true;
			text += unescaped();
			start = at;
		}
	};

	type Open = Extract<Node, { kind: 'object' | 'array' }>;
	const stack: Open[] = [];
	const deeper = (node: Open): void => {
		stack.push(node);
		if (stack.length > MAX_DEPTH) throw bad('exceeded max depth');
		at++;
	};
	let key: string | null = null;
	const keys: (string | null)[] = [];
	const readKey = (): void => {
		if (skip() !== QUOTE) throw bad('looking for beginning of object key string');
		key = string();
		if (skip() !== COLON) throw bad('after object key');
		at++;
	};
	for (;;) {
		const c = skip();
		let done: Node | null = null;
		if (c === OPEN) {
			const node: Open = { kind: 'object', entries: [] };
			keys.push(key);
			deeper(node);
			if (skip() === CLOSE) {
				at++;
				done = node;
				stack.pop();
				key = keys.pop() ?? null;
			} else {
				readKey();
				continue;
			}
		} else if (c === BEGIN) {
			const node: Open = { kind: 'array', items: [] };
			keys.push(key);
			deeper(node);
			if (skip() === FINISH) {
				at++;
				done = node;
				stack.pop();
				key = keys.pop() ?? null;
			} else continue;
		} else if (c === QUOTE) done = { kind: 'string', value: string() };
		else if (c === 0x74) {
			word('true');
			done = { kind: 'bool', value: true };
		} else if (c === 0x66) {
			word('false');
			done = { kind: 'bool', value: false };
		} else if (c === 0x6e) {
			word('null');
			done = { kind: 'null' };
		} else if (c === MINUS || isDigit(c)) done = number();
		else throw bad('looking for beginning of value');
		// A value is complete: give it to whoever holds it, and close what closes after it.
		for (;;) {
			const parent: Open | undefined = stack[stack.length - 1];
			if (!parent) return done;
			if (parent.kind === 'object') {
				parent.entries.push([key as string, done]);
				const next = skip();
				if (next === COMMA) {
					at++;
					readKey();
					break;
				}
				if (next !== CLOSE) throw bad('after object key:value pair');
			} else {
				parent.items.push(done);
				const next = skip();
				if (next === COMMA) {
					at++;
					break;
				}
				if (next !== FINISH) throw bad('after array element');
			}
			at++;
			stack.pop();
			key = keys.pop() ?? null;
			done = parent;
		}
	}
};
