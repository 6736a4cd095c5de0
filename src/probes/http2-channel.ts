import type { Clock } from '../model/clock.js';
import type { Reason } from '../model/sample.js';
import type { Target } from '../model/target.js';
import type { Field } from '../wire/hpack/field.js';
import { RepeatedBlocks } from '../wire/hpack/repeated.js';
import { DEFAULT_WINDOW, ERROR, FLAG, FRAME, type Frame, MAX_STREAM, MAX_WINDOW, MIN_MAX_FRAME, SETTING } from '../wire/http2/frame.js';
import { FrameParser } from '../wire/http2/parser.js';
import { PREFACE } from '../wire/http2/preface.js';
import { dataFrame, pingFrame, rstStreamFrame, SETTINGS_ACK, settingsFrame, windowUpdateFrame } from '../wire/http2/writer.js';
import { Connection, type ConnectionUser, type Security } from './connection.js';
import type { Http2Request } from './http2-request.js';
import { oneLine, reasonOf } from './reason.js';

/** Who asked. After `end` or `gone` nothing more comes. Views are valid during the call only. `bytes`: what the frame took. */
export interface StreamUser {
	/** The head of the answer, then perhaps its trailers; never an interim head. */
	headers(fields: readonly Field[], end: boolean, bytes: number): void;
	data(data: Uint8Array, end: boolean, bytes: number): void;
	/** It ends without an end. `refused`: for certain the server has not acted on it (RFC 9113, 8.7). */
	gone(reason: Reason, detail: string, refused: boolean): void;
}

/** One request under way. */
export interface Stream {
	/** 0: it waits for the connection, or for a place on it. */
	id: number;
	readonly user: StreamUser;
	readonly request: Http2Request;
	/** What the other side still takes of its body, and how much of it went. */
	window: number;
	sent: number;
	/** Bytes of DATA since the last WINDOW_UPDATE. */
	taken: number;
	headed: boolean;
}

/** Frames that answer nobody (and pieces of others), since the last answer: more than a server has reason to send. */
const MOST_NOISE = 131_072;
/** Of what we had to say, so much may lie unread. */
const MOST_UNREAD = 262_144;
const UPDATE_AT = 32_768;
/** A shared connection keeps a buffer of at most this for its next write. */
const MOST_KEPT = 16_384;
/** `:status: 200` in the static table (RFC 7541, appendix A). */
const STATUS_200 = 0x88;

/** What every plain connection reads into, without the cost of a Buffer's views. */
let readInto: Uint8Array | null = null;
let plain: Uint8Array = new Uint8Array(0);
const plainOf = (bytes: Uint8Array): Uint8Array => {
	if (bytes !== readInto) {
		readInto = bytes;
		plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
	}
	return plain;
};

const nameOf = (code: number): string => Object.entries(ERROR).find(([, value]) => value === code)?.[0] ?? `error ${code}`;

/**
 * An HTTP/2 connection of our own (RFC 9113): it carries many requests at once, gathers what is written within one
 * turn, and holds nothing but a header table between two answers. No deadline and no timer: whoever asks cancels.
 * ```
 *   open ─► HEADERS DATA ─►┐                 ┌─► headers · data · headers
 *   open ─► HEADERS DATA ─►┴─ one write ─ one read ─► headers · data · headers
 *           SETTINGS PING WINDOW_UPDATE are answered here; GOAWAY retires it: what it refused may go elsewhere
 * ```
 */
export class Http2Channel implements ConnectionUser {
	readonly connection: Connection;
	/** It takes no more requests; those under way may end well. */
	retired = false;
	/** When something last came, on the run's clock; the time of all that is told during a read. */
	nowMs = 0;
	private over = false;
	private begun = false;
	/** The server's SETTINGS have come. */
	private greeted = false;
	private parser: FrameParser | null = null;
	private blocks: RepeatedBlocks | null = null;
	private readonly streams = new Map<number, Stream>();
	private waiting: Stream[] = [];
	private next = 1;
	private most = Number.POSITIVE_INFINITY;
	private window = DEFAULT_WINDOW;
	private initialWindow = DEFAULT_WINDOW;
	private taken = 0;
	private noise = 0;
	private acks: (() => void)[] = [];
	private goaway = '';
	private out: Buffer | null = null;
	private outLength = 0;
	private reading = false;
	private scheduled = false;
	private readonly clock: Clock;
	private readonly secure: boolean;
	private readonly streamWindow: number;
	private readonly shared: boolean;

	/** `most`: bytes of the longest answer that is wanted. `shared`: many ask here, so writes are put off to the end of the turn. */
	constructor(target: Target, clock: Clock, security: Security | null, most: number, shared = false) {
		this.clock = clock;
		this.secure = security !== null;
		this.streamWindow = Math.min(MAX_WINDOW, Math.max(DEFAULT_WINDOW, most));
		this.shared = shared;
		this.connection = new Connection(target, clock, security, this);
	}

	/** Connected, and the server has greeted us or may yet. */
	get isOpen(): boolean {
		return this.begun && !this.over;
	}
	get usable(): boolean {
		return !this.retired && !this.over;
	}
	get empty(): boolean {
		return this.streams.size === 0 && this.waiting.length === 0;
	}

	open(request: Http2Request, user: StreamUser): Stream {
		const stream: Stream = { id: 0, user, request, window: 0, sent: 0, taken: 0, headed: false };
		if (this.begun && this.waiting.length === 0 && this.streams.size < this.most && this.next <= MAX_STREAM) this.send(stream);
		else this.waiting.push(stream);
		return stream;
	}

	/** Nobody waits for this answer any more. */
	cancel(stream: Stream): void {
		if (stream.id === 0) this.waiting = this.waiting.filter((s) => s !== stream);
		else if (this.streams.delete(stream.id)) this.write(rstStreamFrame(stream.id, ERROR.cancel));
		this.settle();
	}

	/** Takes no more requests, and ends with the last that is under way. */
	retire(): void {
		this.retired = true;
		this.settle();
	}

	/**
	 * Calls back once the other side has acknowledged an empty SETTINGS frame: its HTTP/2 is alive. PING would do, but
	 * servers of gRPC count pings and leave those who send many (grpc/grpc: doc/keepalive.md).
	 */
	knock(answered: () => void): void {
		this.acks.push(answered);
		this.write(settingsFrame([]));
	}

	/** Ends it, and tells nobody. */
	close(rst = false): void {
		this.over = true;
		this.streams.clear();
		this.waiting = [];
		this.acks = [];
		this.out = null;
		this.outLength = 0;
		this.connection.close(rst);
	}

	opened(): void {
		if (this.secure && this.connection.alpn !== 'h2') {
			this.fail('protocol', 'the server does not offer HTTP/2 (ALPN h2)');
			return;
		}
		this.begun = true;
		// An acknowledgement of ours that the server's kernel has not confirmed yet would hold up the next question (Nagle).
		this.connection.setNoDelay();
		this.parser = new FrameParser();
		this.blocks = new RepeatedBlocks();
		this.reading = true;
		this.write(PREFACE);
		this.acks.push(() => {});
		this.write(
			settingsFrame([
				[SETTING.enablePush, 0],
				[SETTING.initialWindowSize, this.streamWindow],
				[SETTING.maxHeaderListSize, 65_536],
			]),
		);
		this.admit();
		this.reading = false;
		this.flush();
	}

	bytes(read: Uint8Array, length: number): void {
		const { parser } = this;
		if (!parser) return;
		this.nowMs = this.clock.now();
		this.reading = true;
		const bytes = plainOf(read);
		for (let at = 0; at < length && !this.over; ) {
			const from = at;
			at = this.quick(parser, bytes, from, length);
			if (at > from) continue;
			at = parser.step(bytes, from, length);
			this.noise += at - from;
			if (parser.frame) this.take(parser.frame, at - from);
			else if (parser.lost) this.fail(parser.lost.code === ERROR.enhanceYourCalm ? 'too-large' : 'protocol', parser.lost.why);
			if (this.noise > MOST_NOISE) this.fail('too-large', 'endless frames that answer nothing');
		}
		this.reading = false;
		if (!this.over) this.flush();
		this.settle();
	}

	/**
	 * What answers nearly always consist of is read where it lies: DATA that is there in full, and heads that are known
	 * already. Returns the index after it, or `at`: it is for the parser.
	 */
	private quick(parser: FrameParser, b: Uint8Array, at: number, length: number): number {
		if (!this.greeted || at + 9 > length || !parser.idle) return at;
		const size = ((b[at] as number) << 16) | ((b[at + 1] as number) << 8) | (b[at + 2] as number);
		const type = b[at + 3] as number;
		const flags = b[at + 4] as number;
		const from = at + 9;
		const to = from + size;
		if (type > FRAME.headers || to > length || size === 0 || size > MIN_MAX_FRAME || (flags & (FLAG.padded | FLAG.priority)) !== 0) return at;
		const id = (((b[at + 5] as number) & 127) << 24) | ((b[at + 6] as number) << 16) | ((b[at + 7] as number) << 8) | (b[at + 8] as number);
		const stream = this.streams.get(id);
		if (!stream) return at;
		const end = (flags & FLAG.endStream) !== 0;
		if (type === FRAME.data) {
			if (!stream.headed) return at;
			this.noise += to - at;
			this.takeData(id, b.subarray(from, to), size, end, to - at);
			return to;
		}
		if ((flags & FLAG.endHeaders) === 0 || !(stream.headed || end || b[from] === STATUS_200)) return at;
		const fields = (this.blocks as RepeatedBlocks).recall(b, from, to);
		if (fields === null) return at;
		this.noise += to - at;
		this.heard(stream, fields, end, to - at);
		return to;
	}

	ended(): void {
		this.fail('closed', this.goaway === '' ? 'closed without an answer' : this.goaway);
	}

	failed(error: NodeJS.ErrnoException): void {
		this.fail(reasonOf(error, this.connection.stage), this.goaway === '' ? error.message : this.goaway);
	}

	private fail(reason: Reason, detail: string): void {
		if (this.over) return;
		const left = [...this.streams.values(), ...this.waiting];
		this.retired = true;
		this.close();
		for (const stream of left) stream.user.gone(reason, detail, false);
	}

	private settle(): void {
		if (this.retired && this.empty && !this.over) this.close();
	}

	private take(frame: Frame, bytes: number): void {
		switch (frame.kind) {
			case 'headers':
				this.takeHeaders(frame, bytes);
				return;
			case 'data':
				this.takeData(frame.stream, frame.data, frame.flow, frame.endStream, bytes);
				return;
			case 'settings':
				this.takeSettings(frame);
				return;
			case 'ping':
				if (!frame.ack) this.write(pingFrame(frame.data, true));
				return;
			case 'windowUpdate':
				this.takeWindow(frame.stream, frame.increment);
				return;
			case 'rstStream': {
				const stream = this.known(frame.stream);
				if (!stream) return;
				this.streams.delete(stream.id);
				stream.user.gone('reset', `RST_STREAM: ${nameOf(frame.code)}`, frame.code === ERROR.refusedStream);
				this.admit();
				return;
			}
			case 'goaway':
				this.takeGoaway(frame);
				return;
			case 'pushPromise':
				this.fail('protocol', 'a pushed stream, though none is allowed');
		}
	}

	/** A stream that is under way; none, if it has ended. One that has never begun is an error of the connection. */
	private known(id: number): Stream | undefined {
		const stream = this.streams.get(id);
		if (!stream && (id % 2 === 0 || id >= this.next)) this.fail('protocol', 'a frame of a stream that nobody opened');
		return stream;
	}

	private takeHeaders(frame: Extract<Frame, { kind: 'headers' }>, bytes: number): void {
		const read = (this.blocks as RepeatedBlocks).decode(frame.block);
		if (!read.ok) {
			this.fail('protocol', `HPACK: ${read.why}`);
			return;
		}
		const stream = this.known(frame.stream);
		if (!stream) return;
		if (read.tooLarge) {
			this.cancel(stream);
			stream.user.gone('too-large', 'a header list over 64 KiB', false);
			return;
		}
		const status = read.fields[0];
		const interim = !stream.headed && !frame.endStream && status?.name === ':status' && /^1\d\d$/.test(status.value);
		if (!interim) this.heard(stream, read.fields, frame.endStream, bytes);
	}

	private heard(stream: Stream, fields: readonly Field[], end: boolean, bytes: number): void {
		if (!stream.headed) this.noise -= bytes;
		stream.headed = true;
		if (end) this.end(stream);
		stream.user.headers(fields, end, bytes);
	}

	private takeData(id: number, data: Uint8Array, flow: number, end: boolean, bytes: number): void {
		this.taken += flow;
		if (this.taken >= UPDATE_AT) {
			this.write(windowUpdateFrame(0, this.taken));
			this.taken = 0;
		}
		const stream = this.known(id);
		if (!stream) return;
		if (!stream.headed) {
			this.cancel(stream);
			stream.user.gone('protocol', 'DATA before HEADERS', false);
			return;
		}
		stream.taken += flow;
		if (end) this.end(stream);
		else if (stream.taken >= UPDATE_AT) {
			this.write(windowUpdateFrame(id, stream.taken));
			stream.taken = 0;
		}
		// Its user counts what belongs to its answer; frames without data are noise.
		if (data.length > 0) this.noise -= bytes;
		stream.user.data(data, end, bytes);
	}

	/** The answer is whole: if the request is not, the rest of it is not wanted. */
	private end(stream: Stream): void {
		this.streams.delete(stream.id);
		this.noise = 0;
		if (stream.sent < stream.request.body.length) this.write(rstStreamFrame(stream.id, ERROR.none));
		if (this.waiting.length > 0) this.admit();
	}

	private takeSettings(frame: Extract<Frame, { kind: 'settings' }>): void {
		if (frame.ack) {
			const answered = this.acks.shift();
			if (!answered) return;
			this.noise = 0;
			answered();
			return;
		}
		this.greeted = true;
		for (const [id, value] of frame.settings) {
			if (id === SETTING.maxConcurrentStreams) this.most = value;
			else if (id === SETTING.initialWindowSize) {
				for (const stream of this.streams.values()) stream.window += value - this.initialWindow;
				this.initialWindow = value;
			}
		}
		this.write(SETTINGS_ACK);
		this.admit();
		for (const stream of this.streams.values()) this.pump(stream);
	}

	private takeWindow(id: number, increment: number): void {
		const stream = id === 0 ? undefined : this.known(id);
		if (id !== 0 && !stream) return;
		if (stream) stream.window += increment;
		else this.window += increment;
		if (increment === 0 || (stream?.window ?? this.window) > MAX_WINDOW) {
			this.fail('protocol', 'a WINDOW_UPDATE out of range');
			return;
		}
		if (stream) this.pump(stream);
		else for (const each of this.streams.values()) this.pump(each);
	}

	private takeGoaway(frame: Extract<Frame, { kind: 'goaway' }>): void {
		const words = oneLine(Buffer.from(frame.debug.subarray(0, 200)).toString('latin1'));
		this.goaway = `GOAWAY: ${nameOf(frame.code)}${words === '' ? '' : ` (${words})`}`;
		this.retired = true;
		const refused = [...this.streams.values()].filter((stream) => stream.id > frame.last).concat(this.waiting);
		for (const stream of refused) this.streams.delete(stream.id);
		this.waiting = [];
		for (const stream of refused) stream.user.gone('closed', this.goaway, true);
	}

	/** Whoever waits goes, as far as the server lets. */
	private admit(): void {
		while (this.waiting.length > 0 && this.streams.size < this.most && this.next <= MAX_STREAM && !this.over) this.send(this.waiting.shift() as Stream);
	}

	private send(stream: Stream): void {
		stream.id = this.next;
		this.next += 2;
		if (this.next > MAX_STREAM) this.retired = true;
		stream.window = this.initialWindow;
		this.streams.set(stream.id, stream);
		const { request } = stream;
		const { length } = request.body;
		const fits = length <= stream.window && length <= this.window;
		const bytes = fits ? request.whole : request.head;
		const at = this.room(bytes.length);
		const out = this.out as Buffer;
		out.set(bytes, at);
		const ids = fits ? request.ids.length : request.headIds;
		for (let i = 0; i < ids; i++) out.writeUInt32BE(stream.id, at + (request.ids[i] as number));
		if (fits) {
			stream.sent = length;
			stream.window -= length;
			this.window -= length;
		} else this.pump(stream);
		this.flushSoon();
	}

	/** What of its body the windows let through. */
	private pump(stream: Stream): void {
		const { body } = stream.request;
		while (stream.sent < body.length) {
			const n = Math.min(MIN_MAX_FRAME, body.length - stream.sent, stream.window, this.window);
			if (n <= 0) return;
			this.write(dataFrame(stream.id, body.subarray(stream.sent, stream.sent + n), stream.sent + n === body.length));
			stream.sent += n;
			stream.window -= n;
			this.window -= n;
		}
	}

	/** Index in `out` of so many bytes more. */
	private room(n: number): number {
		const at = this.outLength;
		this.outLength += n;
		if (this.out === null) this.out = Buffer.allocUnsafe(this.shared ? Math.max(n, 1024) : n);
		else if (this.out.length < this.outLength) {
			const grown = Buffer.allocUnsafe(this.outLength * 2);
			this.out.copy(grown, 0, 0, at);
			this.out = grown;
		}
		return at;
	}

	private write(bytes: Uint8Array): void {
		if (this.over) return;
		const at = this.room(bytes.length);
		(this.out as Buffer).set(bytes, at);
		this.flushSoon();
	}

	private flushSoon(): void {
		if (this.reading || this.scheduled) return;
		if (!this.shared) {
			this.flush();
			return;
		}
		this.scheduled = true;
		queueMicrotask(() => {
			this.scheduled = false;
			if (!this.reading && !this.over) this.flush();
		});
	}

	private flush(): void {
		const { out, outLength } = this;
		if (out === null || outLength === 0) return;
		this.outLength = 0;
		this.connection.write(out.length === outLength ? out : out.subarray(0, outLength));
		const unsent = this.connection.unsent;
		// What the kernel has taken may be written over; what it has not belongs to the socket now.
		if (!this.shared || this.secure || unsent > 0 || out.length > MOST_KEPT) this.out = null;
		if (unsent > MOST_UNREAD) this.fail('protocol', 'it does not read what it is told');
	}
}
