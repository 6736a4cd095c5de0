import { HpackDecoder } from '../../wire/hpack/decoder.js';
import { HpackEncoder } from '../../wire/hpack/encoder.js';
import type { Field } from '../../wire/hpack/field.js';
import { DEFAULT_WINDOW, FLAG, FRAME, MIN_MAX_FRAME, type Priority, SETTING, type Setting } from '../../wire/http2/frame.js';
import { FrameParser } from '../../wire/http2/parser.js';
import { frameHead, headersFrame, rstStreamFrame, windowUpdateFrame } from '../../wire/http2/writer.js';

/** A header block, and the list in it, may be so long: what common servers take, several times over. */
const MAX_LIST = 262_144;
const MAX_PENDING = 1000;

/** What is to be written on one stream, in order. */
export type Item =
	| {
			kind: 'data';
			data: Uint8Array;
			end: boolean;
			/** Who reads it will give credit for it, of which this much is nobody's: of the connection's window, or of the stream's too. */
			owed: 'none' | 'connection' | 'both';
			/** It was made up here: nobody sent it. */
			madeUp: boolean;
	  }
	| { kind: 'fields'; fields: readonly Field[]; end: boolean; priority?: Priority | null }
	| { kind: 'rst'; code: number };

/** A stream on its way to one peer. */
export class Half {
	/** 0: not opened yet, so that everything waits. */
	id: number;
	/** What the peer takes of this stream. */
	window: number;
	/** Of the credit that the peer will give, so much was already given to the sender. */
	owed = 0;
	/** END_STREAM or RST_STREAM was written, or nothing ever will be. */
	ended = false;
	/** RST_STREAM was written. */
	gone = false;
	readonly queue: Item[] = [];
	constructor(id: number, window: number) {
		this.id = id;
		this.window = window;
	}
}

/**
 * The connection with one peer: what it says is read here, and what is said to it is written here, as its windows and
 * settings allow. Windows mirror one another over the two hops: credit is passed on as it comes, but for what was made
 * up or given early (`owed`), and for what goes no further, which is credited here.
 */
export class Hop {
	readonly parser: FrameParser;
	readonly decoder: HpackDecoder = new HpackDecoder(4096, MAX_LIST);
	readonly encoder: HpackEncoder = new HpackEncoder();
	window: number = DEFAULT_WINDOW;
	initialWindow: number = DEFAULT_WINDOW;
	/** See {@link Half.owed}; of the connection. */
	owed = 0;
	/** Bytes sent by the other peer that wait for windows, or for their stream to be opened. */
	queued = 0;
	/** Bytes written here that have not been given away. */
	held = 0;
	private maxFrameSize = MIN_MAX_FRAME;
	private readonly pending: { settings: readonly Setting[]; whole: boolean }[] = [];
	private out: Uint8Array[] = [];
	private readonly credits = new Map<number, number>();
	private readonly blocked = new Set<Half>();
	/** Bytes that were queued and are dropped: their sender is to be credited. */
	private readonly dropped: (flow: number) => void;

	constructor(preface: boolean, dropped: (flow: number) => void) {
		this.parser = new FrameParser({ preface, maxBlock: MAX_LIST });
		this.dropped = dropped;
	}

	write(bytes: Uint8Array): void {
		this.out.push(bytes);
		this.held += bytes.length;
	}

	/** Before all that could not be given away yet. */
	writeFirst(bytes: Uint8Array): void {
		this.out.unshift(bytes);
		this.held += bytes.length;
	}

	/** The peer has sent so many bytes that go no further (0: of the connection). */
	credit(stream: number, flow: number): void {
		if (flow > 0) this.credits.set(stream, (this.credits.get(stream) ?? 0) + flow);
	}

	/** All that was written, in one piece: a view of what was just read, or owned by nobody else. Null: nothing. */
	take(): Uint8Array | null {
		for (const [stream, flow] of this.credits) this.write(windowUpdateFrame(stream, flow));
		this.credits.clear();
		const { out } = this;
		this.out = [];
		this.held = 0;
		if (out.length === 0) return null;
		return out.length === 1 ? (out[0] as Uint8Array) : Buffer.concat(out);
	}
	/** Views of what was just read become copies: it cannot be given away yet. */
	keep(): void {
		const all = this.take();
		if (all) this.write(new Uint8Array(all));
	}

	/** The peer's settings, on their way to the other one; they hold once that has acknowledged them. False: too many. */
	announced(settings: readonly Setting[], whole: boolean): boolean {
		return this.pending.push({ settings, whole }) <= MAX_PENDING;
	}
	get unacknowledged(): boolean {
		return this.pending.length > 0;
	}
	/** The other has acknowledged. Returns by how much the windows of open streams change; `toldTable`: what it was told of our tables, if anything. */
	acknowledged(): { windowChange: number; toldTable: number | null } {
		const { settings, whole } = this.pending.shift() ?? { settings: [], whole: false };
		const before = this.initialWindow;
		let toldTable: number | null = null;
		for (const [id, value] of settings) {
			if (id === SETTING.initialWindowSize) this.initialWindow = value;
			else if (id === SETTING.maxFrameSize) this.maxFrameSize = value;
			else if (id === SETTING.headerTableSize) {
				this.encoder.setTableLimit(value);
				if (whole) toldTable = value;
			}
		}
		return { windowChange: this.initialWindow - before, toldTable };
	}

	/** Written at once as far as it may be; what must wait is copied. */
	send(half: Half, item: Item): void {
		if (half.ended || half.queue.at(-1)?.kind === 'rst') {
			this.drop(item);
			return;
		}
		if (item.kind === 'data' && !item.madeUp) this.queued += item.data.length;
		half.queue.push(item);
		if (half.queue.length === 1) this.pump(half);
		if (item.kind === 'data' && half.queue.at(-1) === item) item.data = new Uint8Array(item.data);
	}
	/** RST_STREAM here and now, also behind an END_STREAM, if the stream was opened: what waits on it is dropped. */
	reset(half: Half, code: number): void {
		this.forget(half);
		half.ended = true;
		if (half.id === 0 || half.gone) return;
		half.gone = true;
		this.write(rstStreamFrame(half.id, code));
	}
	/** What waits is dropped. */
	forget(half: Half): void {
		this.blocked.delete(half);
		for (const item of half.queue) {
			if (item.kind === 'data' && !item.madeUp) this.queued -= item.data.length;
			this.drop(item);
		}
		half.queue.length = 0;
	}

	/** A window has grown, or the stream was opened. */
	pump(half: Half): void {
		while (half.id !== 0 && half.queue.length > 0) {
			const item = half.queue[0] as Item;
			if (item.kind === 'data' && item.data.length > 0 && Math.min(this.window, half.window) <= 0) {
				this.blocked.add(half);
				return;
			}
			if (item.kind === 'data' && !this.data(half, item)) continue;
			half.queue.shift();
			if (item.kind === 'fields') this.fields(half, item.fields, item.end, item.priority ?? null);
			else if (item.kind === 'rst') this.reset(half, item.code);
			else if (item.end) half.ended = true;
		}
		this.blocked.delete(half);
	}
	/** The connection's window has grown. */
	pumpAll(): Half[] {
		const halves = [...this.blocked];
		for (const half of halves) {
			if (this.window <= 0) break;
			this.pump(half);
		}
		return halves;
	}

	private fields(half: Half, fields: readonly Field[], end: boolean, priority: Priority | null): void {
		this.write(headersFrame(half.id, this.encoder.encode(fields), { endStream: end, priority, maxFrameSize: this.maxFrameSize }));
		half.ended = end;
	}

	/** One frame. False: there is more of it. */
	private data(half: Half, item: Extract<Item, { kind: 'data' }>): boolean {
		const n = Math.min(item.data.length, this.maxFrameSize, Math.max(0, Math.min(this.window, half.window)));
		const whole = n === item.data.length;
		const end = whole && item.end;
		this.write(frameHead(FRAME.data, end ? FLAG.endStream : 0, half.id, n));
		if (n > 0) this.write(item.data.subarray(0, n));
		this.window -= n;
		half.window -= n;
		if (!item.madeUp) this.queued -= n;
		if (item.owed !== 'none') this.owed += n;
		if (item.owed === 'both') half.owed += n;
		if (!whole) item.data = item.data.subarray(n);
		return whole;
	}
	private drop(item: Item): void {
		if (item.kind === 'data' && item.owed === 'none') this.dropped(item.data.length);
	}
}
