import { FLAG, FRAME, MIN_MAX_FRAME, type Priority, type Setting } from './frame.js';

/** The nine bytes before a payload of `length` bytes, which follow by themselves: DATA need not be copied. */
export const frameHead = (type: number, flags: number, stream: number, length: number): Uint8Array => {
	const head = new Uint8Array(9);
	putHead(head, 0, type, flags, stream, length);
	return head;
};

export const frameBytes = (type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array => {
	const frame = new Uint8Array(9 + payload.length);
	putHead(frame, 0, type, flags, stream, payload.length);
	frame.set(payload, 9);
	return frame;
};

const putHead = (out: Uint8Array, at: number, type: number, flags: number, stream: number, length: number): void => {
	out[at] = length >>> 16;
	out[at + 1] = length >>> 8;
	out[at + 2] = length;
	out[at + 3] = type;
	out[at + 4] = flags;
	put32(out, at + 5, stream);
};
const put32 = (out: Uint8Array, at: number, value: number): void => {
	out[at] = value >>> 24;
	out[at + 1] = value >>> 16;
	out[at + 2] = value >>> 8;
	out[at + 3] = value;
};
const words = (...values: number[]): Uint8Array => {
	const out = new Uint8Array(values.length * 4);
	for (const [i, value] of values.entries()) put32(out, i * 4, value);
	return out;
};
const priorityBytes = ({ dependsOn, exclusive, weight }: Priority): Uint8Array => {
	const out = new Uint8Array(5);
	put32(out, 0, exclusive ? dependsOn + 2 ** 31 : dependsOn);
	out[4] = weight - 1;
	return out;
};

/** A header block in as many frames as it takes. `lead`: bytes before it in the first. */
const blockFrames = (type: number, flags: number, stream: number, lead: Uint8Array, block: Uint8Array, maxFrameSize: number): Uint8Array => {
	const room = maxFrameSize - lead.length;
	const more = Math.max(0, Math.ceil((block.length - room) / maxFrameSize));
	const out = new Uint8Array(9 + lead.length + block.length + more * 9);
	const first = Math.min(block.length, room);
	putHead(out, 0, type, more === 0 ? flags | FLAG.endHeaders : flags, stream, lead.length + first);
	out.set(lead, 9);
	out.set(block.subarray(0, first), 9 + lead.length);
	let at = 9 + lead.length + first;
	for (let from = first; from < block.length; from += maxFrameSize) {
		const piece = block.subarray(from, from + maxFrameSize);
		putHead(out, at, FRAME.continuation, from + piece.length === block.length ? FLAG.endHeaders : 0, stream, piece.length);
		out.set(piece, at + 9);
		at += 9 + piece.length;
	}
	return out;
};

export interface HeadersOptions {
	endStream?: boolean;
	priority?: Priority | null;
	/** SETTINGS_MAX_FRAME_SIZE of whoever gets it. */
	maxFrameSize?: number;
}
const NOTHING = new Uint8Array(0);

/** HEADERS, and CONTINUATION where the block is longer than a frame. */
export const headersFrame = (
	stream: number,
	block: Uint8Array,
	{ endStream = false, priority = null, maxFrameSize = MIN_MAX_FRAME }: HeadersOptions = {},
): Uint8Array =>
	blockFrames(
		FRAME.headers,
		(endStream ? FLAG.endStream : 0) | (priority ? FLAG.priority : 0),
		stream,
		priority ? priorityBytes(priority) : NOTHING,
		block,
		maxFrameSize,
	);
export const pushPromiseFrame = (stream: number, promised: number, block: Uint8Array, maxFrameSize: number = MIN_MAX_FRAME): Uint8Array =>
	blockFrames(FRAME.pushPromise, 0, stream, words(promised), block, maxFrameSize);

/** One frame: `data` must not be longer than the receiver's SETTINGS_MAX_FRAME_SIZE. */
export const dataFrame = (stream: number, data: Uint8Array, endStream = false): Uint8Array =>
	frameBytes(FRAME.data, endStream ? FLAG.endStream : 0, stream, data);
export const priorityFrame = (stream: number, priority: Priority): Uint8Array => frameBytes(FRAME.priority, 0, stream, priorityBytes(priority));
export const rstStreamFrame = (stream: number, code: number): Uint8Array => frameBytes(FRAME.rstStream, 0, stream, words(code));
export const pingFrame = (data: Uint8Array, ack = false): Uint8Array => frameBytes(FRAME.ping, ack ? FLAG.ack : 0, 0, data);
export const windowUpdateFrame = (stream: number, increment: number): Uint8Array => frameBytes(FRAME.windowUpdate, 0, stream, words(increment));
export const SETTINGS_ACK: Uint8Array = frameBytes(FRAME.settings, FLAG.ack, 0, NOTHING);

export const settingsFrame = (settings: readonly Setting[]): Uint8Array => {
	const payload = new Uint8Array(settings.length * 6);
	for (const [i, [id, value]] of settings.entries()) {
		payload[i * 6] = id >>> 8;
		payload[i * 6 + 1] = id;
		put32(payload, i * 6 + 2, value);
	}
	return frameBytes(FRAME.settings, 0, 0, payload);
};

export const goawayFrame = (last: number, code: number, debug: Uint8Array = NOTHING): Uint8Array => {
	const payload = new Uint8Array(8 + debug.length);
	payload.set(words(last, code));
	payload.set(debug, 8);
	return frameBytes(FRAME.goaway, 0, 0, payload);
};
