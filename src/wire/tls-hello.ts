/**
 * What a TLS client asks for before anything is encrypted (RFC 8446 4.1.2, RFC 6066 3, RFC 7301 3.1).
 *
 *      record: 16 vv vv | length:2 | handshake bytes …          a message may span records
 *      ClientHello: 01 | length:3 | version:2 random:32 | session<1> | suites<2> | compression<1> | extensions<2>
 */
export interface ClientHello {
	/** Protocols that it offers by ALPN, best first; empty if it offers none. */
	alpn: string[];
	/** The name that it asks for (SNI), or null. */
	servername: string | null;
}

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
/** No client says hello with more, whatever it offers. Bytes. */
const LONGEST = 16_384;

/** Reads forwards; what is not there makes `short` true, and is empty. */
class Cursor {
	at = 0;
	short = false;
	private readonly bytes: Uint8Array;
	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
	}
	get done(): boolean {
		return this.short || this.at >= this.bytes.length;
	}
	number(size: number): number {
		let n = 0;
		for (const byte of this.take(size)) n = n * 256 + byte;
		return n;
	}
	take(length: number): Uint8Array {
		if (this.at + length > this.bytes.length) {
			this.short = true;
			return new Uint8Array(0);
		}
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}
	rest(): Uint8Array {
		return this.take(Math.max(0, this.bytes.length - this.at));
	}
	/** A vector, behind its length in so many bytes. */
	vector(size: number): Cursor {
		return new Cursor(this.take(this.number(size)));
	}
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** The handshake bytes of all whole or partial records; null: these are no handshake records. */
const handshake = (bytes: Uint8Array): Uint8Array | null => {
	const parts: number[] = [];
	for (let at = 0; at < bytes.length; ) {
		if (bytes[at] !== HANDSHAKE || (bytes[at + 1] ?? 3) !== 3) {
			if (at === 0) return null;
			break;
		}
		if (at + 5 > bytes.length) break;
		const end = at + 5 + (bytes[at + 3] as number) * 256 + (bytes[at + 4] as number);
		for (let i = at + 5; i < Math.min(end, bytes.length); i++) parts.push(bytes[i] as number);
		at = end;
	}
	return Uint8Array.from(parts);
};

/** The first bytes of a connection → its ClientHello, 'more' if it is not whole yet, null if it is none. */
export const readClientHello = (bytes: Uint8Array): ClientHello | 'more' | null => {
	// Asked after every chunk: most of the time the first record's length says that there is more to come.
	const whole = bytes.length >= 5 ? 5 + new Cursor(bytes.subarray(3)).number(2) : 0;
	if (bytes[0] === HANDSHAKE && bytes[1] === 3 && bytes.length < whole && bytes.length <= LONGEST) return 'more';
	const all = handshake(bytes);
	if (all === null) return null;
	if (all.length > 0 && all[0] !== CLIENT_HELLO) return null;
	const message = new Cursor(all);
	message.take(1);
	const body = message.vector(3);
	if (message.short) return bytes.length > LONGEST ? null : 'more';
	body.take(2 + 32);
	body.vector(1);
	body.vector(2);
	body.vector(1);
	const hello: ClientHello = { alpn: [], servername: null };
	if (body.short) return null;
	for (const extensions = body.vector(2); !extensions.done; ) {
		const type = extensions.number(2);
		const data = extensions.vector(2);
		if (extensions.short) return null;
		const entries = type === ALPN || type === SERVER_NAME ? data.vector(2) : null;
		if (type === ALPN) while (entries && !entries.done) hello.alpn.push(text(entries.vector(1).rest()));
		if (type === SERVER_NAME && entries?.number(1) === 0) hello.servername = text(entries.vector(2).rest()) || null;
	}
	return hello;
};
