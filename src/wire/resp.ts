import { type Cut, Malformed } from './cut.js';

/** An error reply, `-LOADING Redis is loading the dataset in memory`: its first word says which. */
export class RespError {
	readonly message: string;
	constructor(message: string) {
		this.message = message;
	}
	get code(): string {
		return /^\S*/.exec(this.message)?.[0] ?? '';
	}
}

export type Resp = string | number | bigint | boolean | null | RespError | Resp[];

const CR = 13;
const LF = 10;
/** Deeper, or longer, is nothing that a question of ours can be answered with. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 4096;
const MAX_LINE = 16_384;
const MAX_BULK = 512 * 1024 * 1024;
const utf8 = new TextDecoder();
const bytesOf = new TextEncoder();

/** A command as an array of bulk strings: all that a server must understand. */
export const respCommand = (...words: string[]): Uint8Array =>
	bytesOf.encode(`*${words.length}\r\n${words.map((word) => `$${bytesOf.encode(word).length}\r\n${word}\r\n`).join('')}`);

/**
 * One reply of RESP2 or RESP3 from the front of `bytes` (https://redis.io/docs/latest/develop/reference/protocol-spec/).
 * Null: it is not whole yet. Throws Malformed. Maps come as arrays of key, value, key …; attributes are skipped.
 */
export const readResp = (bytes: Uint8Array): Cut<Resp> | null => {
	let at = 0;
	let items = 0;

	const line = (): string | null => {
		const end = bytes.indexOf(LF, at);
		if ((end < 0 ? bytes.length : end) - at > MAX_LINE) throw new Malformed(`a line over ${MAX_LINE} bytes`);
		if (end < 0) return null;
		if (end === at || bytes[end - 1] !== CR) throw new Malformed('a line that ends without CR');
		const text = utf8.decode(bytes.subarray(at, end - 1));
		at = end + 1;
		return text;
	};
	const count = (text: string, most: number): number => {
		if (!/^-?\d{1,10}$/.test(text)) throw new Malformed(`a length of ${JSON.stringify(text.slice(0, 20))}`);
		const n = Number(text);
		if (n < -1 || n > most) throw new Malformed(`a length of ${n}`);
		return n;
	};
	const bulk = (text: string): string | null | undefined => {
		const length = count(text, MAX_BULK);
		if (length === -1) return null;
		if (bytes.length < at + length + 2) return undefined;
		if (bytes[at + length] !== CR || bytes[at + length + 1] !== LF) throw new Malformed('a string that does not end where it says');
		const value = utf8.decode(bytes.subarray(at, at + length));
		at += length + 2;
		return value;
	};
	const list = (length: number, depth: number): Resp[] | undefined => {
		items += length;
		if (items > MAX_ITEMS) throw new Malformed(`over ${MAX_ITEMS} elements`);
		const found: Resp[] = [];
		for (let i = 0; i < length; i++) {
			const each = value(depth + 1);
			if (each === undefined) return undefined;
			found.push(each);
		}
		return found;
	};
	const numeric = (text: string, pattern: RegExp): string => {
		if (!pattern.test(text)) throw new Malformed(`a number of ${JSON.stringify(text.slice(0, 20))}`);
		return text;
	};
	/** Undefined: not whole. */
	const value = (depth: number): Resp | undefined => {
		if (depth > MAX_DEPTH) throw new Malformed(`nested over ${MAX_DEPTH} deep`);
		if (at >= bytes.length) return undefined;
		const type = String.fromCharCode(bytes[at] as number);
		if (!'+-:$*_#,(!=%~>|'.includes(type)) throw new Malformed(`a reply that begins with byte 0x${(bytes[at] as number).toString(16).padStart(2, '0')}`);
		at++;
		const text = line();
		if (text === null) return undefined;
		switch (type) {
			case '+':
				return text;
			case '-':
				return new RespError(text);
			case ':':
				return Number(numeric(text, /^[+-]?\d{1,19}$/));
			case '(':
				return BigInt(numeric(text, /^-?\d{1,400}$/));
			case ',':
				return Number(numeric(text, /^(?:nan|[+-]?(?:inf|\d+(?:\.\d*)?(?:e[+-]?\d+)?))$/i).replace(/inf/i, 'Infinity'));
			case '_':
				return null;
			case '#':
				if (text !== 't' && text !== 'f') throw new Malformed('a truth that is neither t nor f');
				return text === 't';
			case '$':
			case '=':
				return bulk(text);
			case '!': {
				const error = bulk(text);
				return typeof error === 'string' ? new RespError(error) : error;
			}
			case '|':
				if (!list(2 * Math.max(0, count(text, MAX_ITEMS)), depth)) return undefined;
				return value(depth + 1);
			default: {
				const length = count(text, MAX_ITEMS);
				return length === -1 ? null : list(type === '%' ? 2 * length : length, depth);
			}
		}
	};
	const found = value(0);
	return found === undefined ? null : { value: found, length: at };
};
