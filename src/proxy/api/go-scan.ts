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
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
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
const whole = (bytes: Uint8Array): string | null => {
	try {
		return strict.decode(bytes);
	} catch {
		return null;
	}
};

/** UTF-8 as Go reads it: each byte that begins no valid sequence is one U+FFFD. */
const decodeUtf8 = (bytes: Uint8Array): string => {
	const valid = whole(bytes);
	if (valid !== null) return valid;
	let text = '';
	for (let i = 0; i < bytes.length; ) {
		const lead = bytes[i] as number;
		const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		const one = i + length <= bytes.length ? whole(bytes.subarray(i, i + length)) : null;
		text += one ?? '\ufffd';
		i += one === null ? 1 : length;
	}
	return text;
};

/**
 * The first JSON value of these bytes, as Go's json.Decoder reads it: what follows the value is ignored. Throws
 * {@link GoJsonError} with Go 1.23's text ("EOF", "unexpected EOF", "invalid character 'x' looking for beginning of value").
 */
export const scan = (bytes: Uint8Array): Node => {
	let at = 0;
	const bad = (context: string): GoJsonError => {
		if (at < bytes.length) return new GoJsonError(`invalid character ${quoteByte(bytes[at] as number)} ${context}`);
		return new GoJsonError(bytes.every((byte) => SPACE.has(byte)) ? 'EOF' : 'unexpected EOF');
	};
	const peek = (): string => (at < bytes.length ? String.fromCharCode(bytes[at] as number) : '');
	const skip = (): string => {
		while (at < bytes.length && SPACE.has(bytes[at] as number)) at++;
		return peek();
	};
	const word = (text: string): void => {
		for (let i = 0; i < text.length; i++, at++) {
			if (peek() !== text[i]) throw bad(`in literal ${text} (expecting '${text[i]}')`);
		}
	};
	const digits = (context: string): void => {
		if (!/\d/.test(peek())) throw bad(context);
		while (at < bytes.length && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++;
	};
	const number = (): Node => {
		const start = at;
		if (peek() === '-') at++;
		if (peek() === '0') at++;
		else digits('in numeric literal');
		if (peek() === '.') {
			at++;
			digits('after decimal point in numeric literal');
		}
		if (peek() === 'e' || peek() === 'E') {
			at++;
			if (peek() === '+' || peek() === '-') at++;
			digits('in exponent of numeric literal');
		}
		return { kind: 'number', text: Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString('latin1') };
	};
	const unescaped = (): string => {
		const c = peek();
		if (c !== 'u') {
			const plain = ESCAPES[c];
			if (plain === undefined) throw bad('in string escape code');
			at++;
			return plain;
		}
		at++;
		let unit = 0;
		for (let i = 0; i < 4; i++, at++) {
			if (!/[0-9a-fA-F]/.test(peek())) throw bad('in \\u hexadecimal character escape');
			unit = unit * 16 + Number.parseInt(peek(), 16);
		}
		return String.fromCharCode(unit);
	};
	const string = (): string => {
		let text = '';
		let start = ++at;
		let escaped = false;
		for (;;) {
			const byte = bytes[at];
			if (byte === undefined || byte < 0x20) throw bad('in string literal');
			if (byte !== 0x22 && byte !== 0x5c) {
				at++;
				continue;
			}
			if (at > start) text += decodeUtf8(bytes.subarray(start, at));
			at++;
			// Half a surrogate pair is no character in Go.
			if (byte === 0x22) return escaped ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
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
		if (skip() !== '"') throw bad('looking for beginning of object key string');
		key = string();
		if (skip() !== ':') throw bad('after object key');
		at++;
	};
	for (;;) {
		const c = skip();
		let done: Node | null = null;
		if (c === '{') {
			const node: Open = { kind: 'object', entries: [] };
			keys.push(key);
			deeper(node);
			if (skip() === '}') {
				at++;
				done = node;
				stack.pop();
				key = keys.pop() ?? null;
			} else {
				readKey();
				continue;
			}
		} else if (c === '[') {
			const node: Open = { kind: 'array', items: [] };
			keys.push(key);
			deeper(node);
			if (skip() === ']') {
				at++;
				done = node;
				stack.pop();
				key = keys.pop() ?? null;
			} else continue;
		} else if (c === '"') done = { kind: 'string', value: string() };
		else if (c === 't') {
			word('true');
			done = { kind: 'bool', value: true };
		} else if (c === 'f') {
			word('false');
			done = { kind: 'bool', value: false };
		} else if (c === 'n') {
			word('null');
			done = { kind: 'null' };
		} else if (c === '-' || (c >= '0' && c <= '9')) done = number();
		else throw bad('looking for beginning of value');
		// A value is complete: give it to whoever holds it, and close what closes after it.
		for (;;) {
			const parent: Open | undefined = stack[stack.length - 1];
			if (!parent) return done;
			if (parent.kind === 'object') {
				parent.entries.push([key as string, done]);
				const next = skip();
				if (next === ',') {
					at++;
					readKey();
					break;
				}
				if (next !== '}') throw bad('after object key:value pair');
			} else {
				parent.items.push(done);
				const next = skip();
				if (next === ',') {
					at++;
					break;
				}
				if (next !== ']') throw bad('after array element');
			}
			at++;
			stack.pop();
			key = keys.pop() ?? null;
			done = parent;
		}
	}
};
