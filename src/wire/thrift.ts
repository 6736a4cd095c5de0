import { type Cut, Malformed } from './cut.js';

export type ThriftProtocol = 'binary' | 'compact';

/** What came back. `result`: the one field that is set, 0 being the return value; none: a void method returned. */
export interface ThriftReply {
	name: string;
	seq: number;
	/** A declared exception is a `reply` whose result is another field than 0. */
	kind: 'reply' | 'exception';
	result: { id: number; value: ThriftValue } | null;
	/** TApplicationException: 1 unknown method, 6 internal error … */
	exception: { message: string; type: number } | null;
}
/** Structs and containers are read over and not kept. */
export type ThriftValue = string | number | bigint | boolean | null;

/** TApplicationExceptionType, by its number: https://github.com/apache/thrift/blob/master/doc/specs/thrift-rpc.md */
export const THRIFT_EXCEPTIONS = [
	'unknown',
	'unknown method',
	'invalid message type',
	'wrong method name',
	'bad sequence id',
	'missing result',
	'internal error',
	'protocol error',
	'invalid transform',
	'invalid protocol',
	'unsupported client type',
] as const;

const CALL = 1;
const REPLY = 2;
const EXCEPTION = 3;
const MAX_DEPTH = 32;
const MAX_NAME = 4096;
const MAX_ITEMS = 100_000;

const encoder = new TextEncoder();
const utf8 = new TextDecoder();
const int32 = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);

/** A call of a method without arguments: its head and an empty struct. `seq`: 0 … 2³¹-1. */
export const thriftCall = (protocol: ThriftProtocol, method: string, seq: number): Uint8Array => {
	const name = encoder.encode(method);
	const head =
		protocol === 'binary'
			? [0x80, 0x01, 0, CALL, ...int32(name.length), ...name, ...int32(seq)]
			: [0x82, 0x01 | (CALL << 5), ...varint(seq), ...varint(name.length), ...name];
	return Uint8Array.from([...head, 0]);
};

/** TFramedTransport: its length, four bytes, before each message. */
export const thriftFrame = (message: Uint8Array): Uint8Array => Uint8Array.from([...int32(message.length), ...message]);

/** Out of one frame, or null. Throws Malformed: over 16 MB (the usual limit), or of another length than its message. */
export const readThriftFrame = (protocol: ThriftProtocol, bytes: Uint8Array): Cut<ThriftReply> | null => {
	if (bytes.length < 4) return null;
	const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
	if (size === 0 || size > 16_384_000) throw new Malformed(`a frame of ${size} bytes`);
	if (bytes.length < 4 + size) return null;
	const cut = readThrift(protocol, bytes.subarray(4, 4 + size));
	if (cut?.length !== size) throw new Malformed('a frame of another length than its message');
	return { value: cut.value, length: 4 + size };
};

/** Thrown inside when the bytes end, caught at once. */
const MORE = Symbol('more');

class Bytes {
	at = 0;
	items = 0;
	private readonly bytes: Uint8Array;
	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
	}
	take(length: number): Uint8Array {
		if (length < 0 || length > 0x7fffffff) throw new Malformed(`a length of ${length}`);
		if (this.at + length > this.bytes.length) throw MORE;
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}
	u8(): number {
		return this.take(1)[0] as number;
	}
	view(length: number): DataView {
		const part = this.take(length);
		return new DataView(part.buffer, part.byteOffset, length);
	}
	/** LEB128, at most 64 bits. */
	varint(): bigint {
		let found = 0n;
		for (let shift = 0n; shift < 70n; shift += 7n) {
			const byte = this.u8();
			found |= BigInt(byte & 127) << shift;
			if (byte < 128) return BigInt.asUintN(64, found);
		}
		throw new Malformed('a number over 64 bits');
	}
	size(n: number | bigint): number {
		if (n < 0 || n > 0x7fffffff) throw new Malformed(`a length of ${n}`);
		return Number(n);
	}
	/** Elements of a container; each of them costs time, whatever it holds. */
	count(n: number): number {
		this.items += n;
		if (n < 0 || this.items > MAX_ITEMS) throw new Malformed(`over ${MAX_ITEMS} elements`);
		return n;
	}
}

/** One encoding of the same model; types are given in the binary protocol's numbers. */
interface Encoding {
	head(): { kind: number; seq: number; name: string };
	/** Null: STOP. */
	field(last: number): { type: number; id: number; bool?: boolean } | null;
	value(type: number, depth: number): ThriftValue;
}

const BOOL = 2;
const STRUCT = 12;

const skipStruct = (encoding: Encoding, depth: number): void => {
	if (depth > MAX_DEPTH) throw new Malformed(`nested over ${MAX_DEPTH} deep`);
	let last = 0;
	for (let field = encoding.field(last); field; field = encoding.field(last)) {
		last = field.id;
		if (field.bool === undefined) encoding.value(field.type, depth + 1);
	}
};

const deep = (depth: number): number => {
	if (depth > MAX_DEPTH) throw new Malformed(`nested over ${MAX_DEPTH} deep`);
	return depth + 1;
};

/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md */
const binary = (bytes: Bytes): Encoding => {
	const int = (): number => bytes.view(4).getInt32(0);
	const text = (most: number): string => {
		const size = int();
		if (size < 0 || size > most) throw new Malformed(`a text of ${size} bytes`);
		return utf8.decode(bytes.take(size));
	};
	const encoding: Encoding = {
		head() {
			const first = int();
			if (first < 0) {
				if (first >>> 16 !== 0x8001) throw new Malformed('a message of another version');
				return { kind: first & 255, name: text(MAX_NAME), seq: int() };
			}
			// The old head: no version, the name's length first.
			if (first > MAX_NAME) throw new Malformed('a message that does not begin as one');
			const name = utf8.decode(bytes.take(first));
			return { kind: bytes.u8(), name, seq: int() };
		},
		field() {
			const type = bytes.u8();
			return type === 0 ? null : { type, id: bytes.view(2).getInt16(0) };
		},
		value(type, depth) {
			switch (type) {
				case BOOL:
					return bytes.u8() !== 0;
				case 3:
					return bytes.view(1).getInt8(0);
				case 4:
					return bytes.view(8).getFloat64(0);
				case 6:
					return bytes.view(2).getInt16(0);
				case 8:
					return int();
				case 10:
					return bytes.view(8).getBigInt64(0);
				case 11:
					return text(0x7fffffff);
				case STRUCT:
					skipStruct(encoding, depth);
					return null;
				case 13: {
					const [key, value] = [bytes.u8(), bytes.u8()];
					for (let n = bytes.count(int()); n > 0; n--) {
						encoding.value(key, deep(depth));
						encoding.value(value, deep(depth));
					}
					return null;
				}
				case 14:
				case 15: {
					const each = bytes.u8();
					for (let n = bytes.count(int()); n > 0; n--) encoding.value(each, deep(depth));
					return null;
				}
				case 16:
					bytes.take(16);
					return null;
				default:
					throw new Malformed(`a field of type ${type}`);
			}
		},
	};
	return encoding;
};

/** The compact protocol's types in the binary protocol's numbers; 1 and 2 are true and false. */
const FROM_COMPACT = [0, BOOL, BOOL, 3, 6, 8, 10, 4, 11, 15, 14, 13, STRUCT, 16];
const typeOf = (compact: number): number => {
	const type = FROM_COMPACT[compact];
	if (!type) throw new Malformed(`a field of type ${compact}`);
	return type;
};
const unzigzag = (n: bigint): bigint => (n >> 1n) ^ -(n & 1n);

/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md */
const compact = (bytes: Bytes): Encoding => {
	const integer = (): number => Number(unzigzag(bytes.varint()));
	const text = (most: number): string => {
		const size = bytes.size(bytes.varint());
		if (size > most) throw new Malformed(`a text of ${size} bytes`);
		return utf8.decode(bytes.take(size));
	};
	const encoding: Encoding = {
		head() {
			if (bytes.u8() !== 0x82) throw new Malformed('a message that does not begin as one');
			const second = bytes.u8();
			if ((second & 31) !== 1) throw new Malformed('a message of another version');
			return { kind: second >> 5, seq: Number(bytes.varint()), name: text(MAX_NAME) };
		},
		field(last) {
			const head = bytes.u8();
			if (head === 0) return null;
			const kind = head & 15;
			const id = head >> 4 ? last + (head >> 4) : integer();
			return { type: typeOf(kind), id, ...(kind <= 2 && { bool: kind === 1 }) };
		},
		value(type, depth) {
			switch (type) {
				case BOOL:
					return bytes.u8() === 1;
				case 3:
					return bytes.view(1).getInt8(0);
				case 4:
					return bytes.view(8).getFloat64(0, true);
				case 6:
				case 8:
					return integer();
				case 10:
					return unzigzag(bytes.varint());
				case 11:
					return text(0x7fffffff);
				case STRUCT:
					skipStruct(encoding, depth);
					return null;
				case 13: {
					const n = bytes.count(bytes.size(bytes.varint()));
					if (n === 0) return null;
					const kinds = bytes.u8();
					for (let i = 0; i < n; i++) {
						encoding.value(typeOf(kinds >> 4), deep(depth));
						encoding.value(typeOf(kinds & 15), deep(depth));
					}
					return null;
				}
				case 14:
				case 15: {
					const head = bytes.u8();
					const n = bytes.count(head >> 4 === 15 ? bytes.size(bytes.varint()) : head >> 4);
					for (let i = 0; i < n; i++) encoding.value(typeOf(head & 15), deep(depth));
					return null;
				}
				case 16:
					bytes.take(16);
					return null;
				default:
					throw new Malformed(`a field of type ${type}`);
			}
		},
	};
	return encoding;
};

const readReply = (encoding: Encoding): ThriftReply => {
	const { kind, seq, name } = encoding.head();
	if (kind !== REPLY && kind !== EXCEPTION) throw new Malformed(`a message of kind ${kind} for an answer`);
	let result: ThriftReply['result'] = null;
	let [message, type, last] = ['', 0, 0];
	for (let field = encoding.field(last); field; field = encoding.field(last)) {
		last = field.id;
		const value = field.bool ?? encoding.value(field.type, 0);
		result ??= { id: field.id, value };
		if (field.id === 1 && typeof value === 'string') message = value;
		if (field.id === 2 && typeof value === 'number') type = value;
	}
	return {
		name,
		seq,
		kind: kind === REPLY ? 'reply' : 'exception',
		result: kind === REPLY ? result : null,
		exception: kind === EXCEPTION ? { message, type } : null,
	};
};

/** One answer off the front of bytes without frames; null: not whole yet. Throws Malformed. */
export const readThrift = (protocol: ThriftProtocol, bytes: Uint8Array): Cut<ThriftReply> | null => {
	const reader = new Bytes(bytes);
	try {
		const value = readReply(protocol === 'binary' ? binary(reader) : compact(reader));
		return { value, length: reader.at };
	} catch (error) {
		if (error === MORE) return null;
		throw error;
	}
};
