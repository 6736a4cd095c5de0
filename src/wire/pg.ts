import { type Cut, Malformed } from './cut.js';

/** Frontend/backend protocol 3.0: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface PgMessage {
	/** R authentication, S parameter, K key, Z ready, E error, N notice, T columns, D row, C complete … */
	type: string;
	body: Uint8Array;
}

const utf8 = new TextDecoder();
const encoder = new TextEncoder();
const PROTOCOL_3_0 = 196_608;
const SSL_REQUEST = 80_877_103;

/** Everything that a server may begin a message with. */
const TYPES = 'RSKZENTDC123nstAGHWdcIVv';
/** Only these may be long; libpq sees a lost step in any other over 30 000 bytes. */
const LONG = 'TDdENVA';
const MOST_SHORT = 30_000;
const MOST_LONG = 0x3fffffff;

/** length (itself included), body; with a type before it, but for the first message of a connection. */
const framed = (type: string, ...parts: Uint8Array[]): Uint8Array => {
	const size = parts.reduce((sum, part) => sum + part.length, 4);
	const out = new Uint8Array(type.length + size);
	if (type) out[0] = type.charCodeAt(0);
	new DataView(out.buffer).setUint32(type.length, size);
	let at = type.length + 4;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
};
const int32 = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
/** Ends at its first zero, so none may be inside. */
const cstring = (text: string): Uint8Array => {
	if (text.includes('\0')) throw new RangeError('a text with a zero byte');
	return encoder.encode(`${text}\0`);
};

export const pgSslRequest = (): Uint8Array => framed('', int32(SSL_REQUEST));
export const pgStartup = (parameters: Readonly<Record<string, string>>): Uint8Array =>
	framed('', int32(PROTOCOL_3_0), ...Object.entries(parameters).flatMap(([key, value]) => [cstring(key), cstring(value)]), Uint8Array.of(0));
/** Cleartext, or MD5's digest. */
export const pgPassword = (text: string): Uint8Array => framed('p', cstring(text));
export const pgSaslInitial = (mechanism: string, first: string): Uint8Array => {
	const data = encoder.encode(first);
	return framed('p', cstring(mechanism), int32(data.length), data);
};
export const pgSaslResponse = (text: string): Uint8Array => framed('p', encoder.encode(text));
export const pgQuery = (sql: string): Uint8Array => framed('Q', cstring(sql));
export const pgTerminate = (): Uint8Array => framed('X');

/** One message off the front; null: not whole yet. Throws Malformed. */
export const readPg = (bytes: Uint8Array): Cut<PgMessage> | null => {
	if (bytes.length === 0) return null;
	const type = String.fromCharCode(bytes[0] as number);
	if (!TYPES.includes(type)) throw new Malformed(`a message of type 0x${(bytes[0] as number).toString(16).padStart(2, '0')}`);
	if (bytes.length < 5) return null;
	const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
	if (size < 4 || size > (LONG.includes(type) ? MOST_LONG : MOST_SHORT)) throw new Malformed(`a ${type} of ${size} bytes`);
	return bytes.length < size + 1 ? null : { value: { type, body: bytes.slice(5, size + 1) }, length: size + 1 };
};

/** The one byte that answers an SSLRequest; E: an error message follows, and is left where it is. Throws Malformed. */
export const readPgSsl = (bytes: Uint8Array): Cut<'S' | 'N' | 'E'> | null => {
	if (bytes.length === 0) return null;
	const answer = String.fromCharCode(bytes[0] as number);
	if (answer === 'S' || answer === 'N') return { value: answer, length: 1 };
	if (answer === 'E') return { value: answer, length: 0 };
	throw new Malformed(`an answer to SSLRequest of 0x${(bytes[0] as number).toString(16).padStart(2, '0')}`);
};

class Reader {
	at = 0;
	private readonly bytes: Uint8Array;
	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
	}
	get left(): number {
		return this.bytes.length - this.at;
	}
	take(length: number): Uint8Array {
		if (length < 0 || length > this.left) throw new Malformed('a message that ends in the middle');
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}
	uint(length: 1 | 2 | 4): number {
		return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
	}
	text(): string {
		const end = this.bytes.indexOf(0, this.at);
		if (end < 0) throw new Malformed('a text without an end');
		const found = utf8.decode(this.bytes.subarray(this.at, end));
		this.at = end + 1;
		return found;
	}
	rest(): string {
		return utf8.decode(this.take(this.left));
	}
}

/** The fields of an error or a notice by their letters: S severity, V the same in English, C SQLSTATE, M message … */
export const pgFields = (body: Uint8Array): Record<string, string> => {
	const reader = new Reader(body);
	const fields: Record<string, string> = {};
	while (reader.left > 0) {
		const key = reader.uint(1);
		if (key === 0) break;
		fields[String.fromCharCode(key)] = reader.text();
	}
	return fields;
};

export type PgAuthentication =
	| { kind: 'ok' | 'cleartext' }
	| { kind: 'md5'; salt: Uint8Array }
	| { kind: 'sasl'; mechanisms: string[] }
	| { kind: 'sasl-continue' | 'sasl-final'; data: string }
	| { kind: 'other'; name: string };

const OTHERS: Readonly<Record<number, string>> = { 2: 'Kerberos V5', 6: 'SCM', 7: 'GSSAPI', 9: 'SSPI' };

/** What an `R` wants. */
export const pgAuthentication = (body: Uint8Array): PgAuthentication => {
	const reader = new Reader(body);
	const code = reader.uint(4);
	switch (code) {
		case 0:
			return { kind: 'ok' };
		case 3:
			return { kind: 'cleartext' };
		case 5:
			return { kind: 'md5', salt: reader.take(4).slice() };
		case 10: {
			const mechanisms: string[] = [];
			for (let name = reader.text(); name !== ''; name = reader.text()) mechanisms.push(name);
			return { kind: 'sasl', mechanisms };
		}
		case 11:
			return { kind: 'sasl-continue', data: reader.rest() };
		case 12:
			return { kind: 'sasl-final', data: reader.rest() };
		default:
			return { kind: 'other', name: OTHERS[code] ?? `method ${code}` };
	}
};

/** The columns of a `D` as text; null is NULL. */
export const pgRow = (body: Uint8Array): (string | null)[] => {
	const reader = new Reader(body);
	return Array.from({ length: reader.uint(2) }, () => {
		const size = reader.uint(4);
		return size === 0xffffffff ? null : utf8.decode(reader.take(size));
	});
};
