import { FLAG, FRAME } from './frame.js';

const { headers, pushPromise, continuation } = FRAME;
const isBlock = (type: number): boolean => type === headers || type === pushPromise || type === continuation;

/**
 * Where frames begin and end in bytes that come in whatever cuts: for whoever passes them on, or withholds them, as they
 * are. A header block's frames (HEADERS, CONTINUATION) stand together. What they mean, and whether they may be, is the
 * parser's: it takes any bytes for frames.
 */
export class FrameCuts {
	/** Of the frame under way, or of the one that the last {@link step} ended; -1 before the first one. */
	type = -1;
	stream = 0;
	/** The last step has read the last of the nine bytes before a payload: type and stream are known from here on. */
	known = false;
	/** The last step came to the end of a frame that no CONTINUATION follows. */
	whole = false;
	private readonly head = new Uint8Array(9);
	private have: number;
	private left: number;
	private continued = false;

	/** `lead`: so many bytes are before the first frame (the client's preface). They count as a frame. */
	constructor(lead = 0) {
		this.left = lead;
		this.have = lead > 0 ? 9 : 0;
	}

	/** The next byte begins a frame that is no CONTINUATION. */
	get between(): boolean {
		return this.have === 0 && !this.continued;
	}
	/** Its type and stream are not known yet, or it is (a part of) a header block. */
	get undecided(): boolean {
		return (this.have > 0 && this.have < 9) || this.continued || (this.have === 9 && isBlock(this.type));
	}
	get block(): boolean {
		return isBlock(this.type);
	}

	/** Reads up to the end of one frame. Returns the index after what was read. */
	step(bytes: Uint8Array, at: number, end: number): number {
		this.whole = false;
		this.known = false;
		let i = at;
		if (this.have < 9) {
			while (this.have < 9 && i < end) this.head[this.have++] = bytes[i++] as number;
			if (this.have < 9) return i;
			this.read();
		}
		const n = Math.min(this.left, end - i);
		this.left -= n;
		if (this.left === 0) {
			this.have = 0;
			this.whole = !this.continued;
		}
		return i + n;
	}

	private read(): void {
		const b = this.head;
		this.known = true;
		this.left = ((b[0] as number) << 16) | ((b[1] as number) << 8) | (b[2] as number);
		this.type = b[3] as number;
		this.stream = (((b[5] as number) & 127) << 24) | ((b[6] as number) << 16) | ((b[7] as number) << 8) | (b[8] as number);
		this.continued = isBlock(this.type) && ((b[4] as number) & FLAG.endHeaders) === 0;
	}
}
