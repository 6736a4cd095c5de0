import { ERROR, FLAG, FRAME, type Frame, type Lost, MIN_MAX_FRAME } from './frame.js';
import { type Head, payloadError, readPayload, readPriority } from './payload.js';
import { PREFACE } from './preface.js';

export interface ParserOptions {
	/** The bytes begin with the client's preface; otherwise with a frame. */
	preface?: boolean;
	/** SETTINGS_MAX_FRAME_SIZE as the sender of these bytes was told it. */
	maxFrameSize?: number;
	/** A header block, its frame headers included, may have so many bytes. */
	maxBlock?: number;
}

/** Nothing but DATA and header blocks is kept beyond this many bytes: an unknown frame is skipped, any other is an error. */
const MAX_PAYLOAD = 65_536;

type State = 'preface' | 'head' | 'pad' | 'data' | 'padding' | 'payload' | 'skip' | 'lost';
const NOTHING = new Uint8Array(0);

/**
 * Follows one direction of an HTTP/2 connection (RFC 9113) in whatever cuts its bytes come. A frame that lies whole in
 * the bytes is a view of them, DATA is handed on as it comes, and only what is cut is copied: at most one control frame
 * and one header block. A connection error makes it `lost` for good. It never throws.
 *
 *      for (let at = 0; at < bytes.length; ) {
 *          at = parser.step(bytes, at, bytes.length);
 *          if (parser.frame) …                                one frame ends, or a piece of DATA, just before `at`
 *          else if (parser.lost) break;
 *      }
 */
export class FrameParser {
	/** What the last {@link step} has read. */
	frame: Frame | null = null;
	lost: Lost | null = null;
	/** The sender was told another one (and has acknowledged it). */
	maxFrameSize: number;

	private state: State;
	private readonly maxBlock: number;
	private head: Head = { length: 0, type: 0, flags: 0, stream: 0 };
	private readonly headBytes = new Uint8Array(9);
	private have = 0;
	private kept: Uint8Array = NOTHING;
	/** Of a DATA frame: bytes of data, then of padding, to come; and whether this is its first piece. */
	private left = 0;
	private pad = 0;
	private padByte = 0;
	/** HEADERS or PUSH_PROMISE whose CONTINUATION frames have not all come, with its block so far. */
	private opened: Extract<Frame, { kind: 'headers' | 'pushPromise' }> | null = null;
	private block: Uint8Array = NOTHING;
	private blockLength = 0;
	private blockCost = 0;
	private first = true;

	constructor({ preface = false, maxFrameSize = MIN_MAX_FRAME, maxBlock = 65_536 }: ParserOptions = {}) {
		this.state = preface ? 'preface' : 'head';
		this.maxFrameSize = maxFrameSize;
		this.maxBlock = maxBlock;
	}

	/** Nothing is under way: the next byte begins a frame that is no CONTINUATION. */
	get idle(): boolean {
		return this.state === 'head' && this.have === 0 && this.opened === null;
	}
	/** Memory held for what has not come whole. */
	get keptBytes(): number {
		return this.kept.length + this.block.length;
	}

	/** Reads `bytes` from `at` up to `end`, or up to the first frame or piece of DATA. Returns the index after what was read. */
	step(bytes: Uint8Array, at: number, end: number): number {
		this.frame = null;
		let i = at;
		while (i < end) {
			switch (this.state) {
				case 'lost':
					return end;
				case 'preface':
					if (bytes[i] !== PREFACE[this.have]) return this.fail(ERROR.protocol, 'no preface of HTTP/2', i);
					i++;
					if (++this.have < PREFACE.length) break;
					this.have = 0;
					this.state = 'head';
					this.frame = { kind: 'preface' };
					return i;
				case 'head':
					while (i < end && this.have < 9) this.headBytes[this.have++] = bytes[i++] as number;
					if (this.have < 9) return end;
					this.have = 0;
					this.begin();
					if (this.frame || this.lost) return i;
					break;
				case 'pad':
					this.pad = bytes[i++] as number;
					if (this.pad > this.left) return this.fail(ERROR.protocol, 'more padding than frame', i);
					this.left -= this.pad;
					this.padByte = 1;
					this.state = 'data';
					if (this.left > 0) break;
					this.piece(NOTHING);
					return i;
				case 'data': {
					const n = Math.min(this.left, end - i);
					this.left -= n;
					this.piece(bytes.subarray(i, i + n));
					return i + n;
				}
				case 'padding':
				case 'skip': {
					const n = Math.min(this.left, end - i);
					i += n;
					this.left -= n;
					if (this.left === 0) this.state = 'head';
					break;
				}
				case 'payload': {
					const { length } = this.head;
					if (this.have === 0 && end - i >= length) {
						this.end(bytes.subarray(i, i + length));
						i += length;
					} else {
						const n = Math.min(length - this.have, end - i);
						this.keep(bytes.subarray(i, i + n));
						i += n;
						if (this.have < length) return end;
						const { kept } = this;
						this.kept = NOTHING;
						this.have = 0;
						this.end(kept.subarray(0, length));
					}
					if (this.frame || this.lost) return i;
				}
			}
		}
		return i;
	}

	private fail(code: number, why: string, at: number): number {
		this.lost = { code, why };
		this.state = 'lost';
		this.opened = null;
		this.kept = NOTHING;
		this.block = NOTHING;
		return at;
	}

	/** A frame's nine bytes are there. */
	private begin(): void {
		const b = this.headBytes;
		const head: Head = {
			length: ((b[0] as number) << 16) | ((b[1] as number) << 8) | (b[2] as number),
			type: b[3] as number,
			flags: b[4] as number,
			stream: (((b[5] as number) & 127) << 24) | ((b[6] as number) << 16) | ((b[7] as number) << 8) | (b[8] as number),
		};
		this.head = head;
		const wrong = this.wrong(head);
		if (wrong) {
			this.fail(wrong.code, wrong.why, 0);
			return;
		}
		this.first = false;
		if (head.type === FRAME.data) {
			this.left = head.length;
			this.pad = 0;
			this.padByte = 0;
			this.state = 'data';
			if (head.flags & FLAG.padded) {
				this.left--;
				this.state = 'pad';
			} else if (head.length === 0) this.piece(NOTHING);
		} else if (head.type > FRAME.continuation && head.length > MAX_PAYLOAD) {
			this.left = head.length;
			this.state = 'skip';
		} else if (head.length === 0) this.end(NOTHING);
		else this.state = 'payload';
	}

	/** What can be told from the head alone. */
	private wrong(head: Head): Lost | null {
		const continued = head.type === FRAME.continuation;
		if (this.first && head.type !== FRAME.settings) return { code: ERROR.protocol, why: 'a first frame that is no SETTINGS' };
		if (head.length > this.maxFrameSize) return { code: ERROR.frameSize, why: 'a frame larger than allowed' };
		if (this.opened ? !continued || head.stream !== this.opened.stream : continued)
			return { code: ERROR.protocol, why: this.opened ? 'a header block that is not continued' : 'a CONTINUATION of nothing' };
		if (continued || head.type === FRAME.headers || head.type === FRAME.pushPromise) {
			this.blockCost = (continued ? this.blockCost : 0) + head.length + 9;
			if (this.blockCost > this.maxBlock) return { code: ERROR.enhanceYourCalm, why: 'a header block that is too long' };
		} else if (head.type !== FRAME.data && head.type < FRAME.continuation && head.length > MAX_PAYLOAD)
			return { code: ERROR.enhanceYourCalm, why: 'a control frame that is too long' };
		return payloadError(head);
	}

	private piece(data: Uint8Array): void {
		const last = this.left === 0;
		const { stream, flags } = this.head;
		const flow = data.length + this.padByte + (last ? this.pad : 0);
		this.padByte = 0;
		this.frame = { kind: 'data', stream, data, flow, rest: this.left, endStream: last && (flags & FLAG.endStream) !== 0 };
		if (!last) return;
		this.left = this.pad;
		this.state = this.pad > 0 ? 'padding' : 'head';
	}

	private keep(piece: Uint8Array): void {
		if (this.kept.length < this.have + piece.length) {
			const grown = new Uint8Array(Math.min(this.head.length, Math.max(64, (this.have + piece.length) * 2)));
			grown.set(this.kept.subarray(0, this.have));
			this.kept = grown;
		}
		this.kept.set(piece, this.have);
		this.have += piece.length;
	}

	/** A frame other than DATA is whole. */
	private end(payload: Uint8Array): void {
		const { head } = this;
		this.state = 'head';
		if (head.type === FRAME.continuation) this.continue(payload);
		else if (head.type === FRAME.headers || head.type === FRAME.pushPromise) this.open(payload);
		else {
			const read = readPayload(head, payload);
			if ('code' in read && 'why' in read) this.fail(read.code, read.why, 0);
			else this.frame = read as Frame;
		}
	}

	private open(payload: Uint8Array): void {
		const { flags, stream, type } = this.head;
		const padded = flags & FLAG.padded ? 1 : 0;
		const more = type === FRAME.pushPromise ? 4 : flags & FLAG.priority ? 5 : 0;
		const to = payload.length - (padded ? (payload[0] as number) : 0);
		const from = padded + more;
		if (to < from) {
			this.fail(ERROR.protocol, 'more padding than frame', 0);
			return;
		}
		const block = payload.subarray(from, to);
		const frame: NonNullable<typeof this.opened> =
			type === FRAME.headers
				? { kind: 'headers', stream, block, endStream: (flags & FLAG.endStream) !== 0, priority: more ? readPriority(payload, padded) : null }
				: { kind: 'pushPromise', stream, promised: readPriority(payload, padded).dependsOn, block };
		if (flags & FLAG.endHeaders) {
			this.frame = frame;
			return;
		}
		this.opened = frame;
		this.block = NOTHING;
		this.blockLength = 0;
		this.add(block);
	}

	private continue(payload: Uint8Array): void {
		this.add(payload);
		if (!(this.head.flags & FLAG.endHeaders) || !this.opened) return;
		this.frame = { ...this.opened, block: this.block.subarray(0, this.blockLength) };
		this.opened = null;
		this.block = NOTHING;
	}

	private add(piece: Uint8Array): void {
		if (this.block.length < this.blockLength + piece.length) {
			const grown = new Uint8Array(Math.min(this.maxBlock, Math.max(1024, (this.blockLength + piece.length) * 2)));
			grown.set(this.block.subarray(0, this.blockLength));
			this.block = grown;
		}
		this.block.set(piece, this.blockLength);
		this.blockLength += piece.length;
	}
}
