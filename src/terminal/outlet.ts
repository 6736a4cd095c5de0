/** A stream that says how much of what it was given nobody has read yet. */
export interface OutletStream {
	write(text: string): unknown;
	readonly writableLength?: number | undefined;
	once?(event: 'drain', fn: () => void): unknown;
}

/** So much may wait for a reader, bytes. */
const MOST_WAITING = 256 * 1024;

/**
 * Lines for a reader that may be slow, or may have stopped: what would wait beyond a bound is dropped and counted, so
 * that a full pipe neither stops us nor fills our memory. As soon as there is room again, it is told how much is missing.
 */
export class Outlet {
	/** Lines that were dropped in all. */
	dropped = 0;
	private missing = 0;
	private waiting = false;
	private readonly stream: OutletStream;
	private readonly lost: (lines: number) => string;
	private readonly most: number;

	/** `lost`: the line that stands for so many dropped ones. */
	constructor(stream: OutletStream, lost: (lines: number) => string, most = MOST_WAITING) {
		this.stream = stream;
		this.lost = lost;
		this.most = most;
	}

	line(text: string): void {
		if (text === '') return;
		// Not at the first byte of room: else every other line would be a dropped one.
		if (this.missing > 0 && (this.stream.writableLength ?? 0) <= this.most / 2) this.tellLost();
		if (this.missing > 0 || !this.hasRoom(text.length)) {
			this.dropped++;
			this.missing++;
			if (!this.waiting) {
				this.waiting = true;
				this.stream.once?.('drain', () => {
					this.waiting = false;
					if (this.missing > 0) this.tellLost();
				});
			}
			return;
		}
		this.stream.write(text);
	}

	/** The last words: whatever else waits, they are written. */
	last(text: string): void {
		if (this.missing > 0) this.tellLost();
		this.stream.write(text);
	}

	private hasRoom(length: number): boolean {
		const waiting = this.stream.writableLength ?? 0;
		return waiting === 0 || waiting + length <= this.most;
	}

	private tellLost(): void {
		this.stream.write(this.lost(this.missing));
		this.missing = 0;
	}
}
