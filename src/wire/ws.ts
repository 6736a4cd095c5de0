/** WebSocket frames (RFC 6455, section 5). */
export const WS = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a server adds to our key before it hashes it (RFC 6455, 1.3). */
export const WS_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** One whole frame of a client: masked with these four bytes, which must be unpredictable (10.3). */
export const wsFrame = (opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array => {
	const { length } = payload;
	const wide = length < 126 ? 0 : length < 65_536 ? 2 : 8;
	const out = new Uint8Array(6 + wide + length);
	out[0] = 0x80 | opcode;
	out[1] = 0x80 | (wide === 0 ? length : wide === 2 ? 126 : 127);
	const view = new DataView(out.buffer);
	if (wide === 2) view.setUint16(2, length);
	if (wide === 8) {
		view.setUint32(2, Math.floor(length / 2 ** 32));
		view.setUint32(6, length >>> 0);
	}
	out.set(mask.subarray(0, 4), 2 + wide);
	for (let i = 0; i < length; i++) out[6 + wide + i] = (payload[i] as number) ^ (mask[i & 3] as number);
	return out;
};

export const wsClose = (code: number, mask: Uint8Array): Uint8Array => wsFrame(WS.close, Uint8Array.of(code >>> 8, code & 255), mask);

export type WsMessage =
	| { kind: 'text' | 'binary' | 'ping' | 'pong'; data: Uint8Array }
	/** `code` 1005: none was given (7.1.5). */
	| { kind: 'close'; code: number; reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const NOTHING = new Uint8Array(0);

/** Codes that may stand in a close frame (7.4). */
const mayClose = (code: number): boolean => (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);

/**
 * Reads what a server sends, in whatever cuts it comes, into whole messages; a message in fragments is put together, up
 * to `most` bytes, and control frames may stand between them. Whatever RFC 6455 forbids ends it: `why`.
 */
export class WsReader {
	why = '';
	tooLarge = false;
	private readonly head = new Uint8Array(10);
	private have = 0;
	private need = 2;
	private left = -1;
	/** A control frame's payload, or a message so far. */
	private control: Uint8Array = NOTHING;
	private controlLength = 0;
	private kept: Uint8Array = NOTHING;
	private length = 0;
	/** Opcode of the message under way; 0: none. */
	private opened = 0;
	private readonly most: number;

	constructor(most: number) {
		this.most = most;
	}

	/** Nothing is under way. */
	get idle(): boolean {
		return this.have === 0 && this.opened === 0 && this.left < 0;
	}

	/** `message` is valid during the call; `false` from it: read no further. */
	read(bytes: Uint8Array, message: (message: WsMessage) => boolean): boolean {
		let at = 0;
		while (this.why === '') {
			if (this.left < 0) {
				while (this.have < this.need && at < bytes.length) {
					this.head[this.have++] = bytes[at++] as number;
					if (this.have === 2) this.begin();
				}
				if (this.why !== '') return false;
				if (this.have < this.need) return true;
				if (!this.measure()) return false;
			}
			const n = Math.min(this.left, bytes.length - at);
			this.put(bytes.subarray(at, at + n));
			at += n;
			this.left -= n;
			if (this.left > 0) return true;
			const found = this.end();
			if (this.why !== '') return false;
			if (found && !message(found)) return true;
		}
		return false;
	}

	private get opcode(): number {
		return (this.head[0] as number) & 15;
	}

	/** The first two bytes are there: what they may not say, and how many follow. */
	private begin(): void {
		const first = this.head[0] as number;
		const second = this.head[1] as number;
		const { opcode } = this;
		const control = opcode >= 8;
		if ((first & 0x70) !== 0) this.fail('a reserved bit, though no extension was agreed on');
		else if (second >= 0x80) this.fail('a masked frame of a server');
		else if ((opcode > WS.binary && opcode < WS.close) || opcode > WS.pong) this.fail('an opcode that is reserved');
		else if (control && (first < 0x80 || second > 125)) this.fail('a control frame that is too long, or in fragments');
		else if (!control && (opcode === WS.continuation) !== this.opened > 0)
			this.fail(opcode === WS.continuation ? 'a continuation of nothing' : 'a message inside a message');
		this.need = second === 126 ? 4 : second === 127 ? 10 : 2;
	}

	private measure(): boolean {
		const { head, need } = this;
		let length = (head[1] as number) & 127;
		if (need > 2) {
			length = 0;
			for (let i = 2; i < need; i++) length = length * 256 + (head[i] as number);
			if (length < (need === 4 ? 126 : 65_536)) this.fail('a length that is written too long');
		}
		const before = this.opcode === WS.continuation ? this.length : 0;
		if (this.opcode < 8 && before + length > this.most) {
			this.fail(`a message over ${this.most} bytes`);
			this.tooLarge = true;
		}
		if (this.why !== '') return false;
		this.left = length;
		if (this.opcode >= 8) {
			this.control = new Uint8Array(length);
			this.controlLength = 0;
		} else if (this.opcode !== WS.continuation) {
			this.opened = this.opcode;
			this.length = 0;
		}
		return true;
	}

	/** It grows with what has come, never with what was announced. */
	private put(piece: Uint8Array): void {
		if (this.opcode >= 8) {
			this.control.set(piece, this.controlLength);
			this.controlLength += piece.length;
			return;
		}
		if (this.kept.length < this.length + piece.length) {
			const grown = new Uint8Array(Math.min(this.most, Math.max(64, (this.length + piece.length) * 2)));
			grown.set(this.kept.subarray(0, this.length));
			this.kept = grown;
		}
		this.kept.set(piece, this.length);
		this.length += piece.length;
	}

	private end(): WsMessage | null {
		const { opcode } = this;
		const final = (this.head[0] as number) >= 0x80;
		this.left = -1;
		this.have = 0;
		this.need = 2;
		if (opcode === WS.close) return this.closing(this.control);
		if (opcode >= 8) return { kind: opcode === WS.ping ? 'ping' : 'pong', data: this.control };
		if (!final) return null;
		const kind = this.opened === WS.text ? 'text' : 'binary';
		const data = this.kept.subarray(0, this.length);
		this.kept = NOTHING;
		this.opened = 0;
		this.length = 0;
		if (kind === 'text' && !isUtf8(data)) return this.fail('a text that is not UTF-8');
		return { kind, data };
	}

	private closing(payload: Uint8Array): WsMessage | null {
		if (payload.length === 0) return { kind: 'close', code: 1005, reason: '' };
		const code = payload.length === 1 ? 0 : (payload[0] as number) * 256 + (payload[1] as number);
		const words = payload.subarray(2);
		if (!mayClose(code) || !isUtf8(words)) return this.fail('a close frame with a code or text that none may have');
		return { kind: 'close', code, reason: utf8.decode(words) };
	}

	private fail(why: string): null {
		if (this.why === '') this.why = why;
		this.kept = NOTHING;
		this.control = NOTHING;
		return null;
	}
}

const isUtf8 = (bytes: Uint8Array): boolean => {
	try {
		utf8.decode(bytes);
		return true;
	} catch {
		return false;
	}
};
