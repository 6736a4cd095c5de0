import { HpackEncoder } from '../wire/hpack/encoder.js';
import type { Field } from '../wire/hpack/field.js';
import { FRAME, MIN_MAX_FRAME } from '../wire/http2/frame.js';
import { dataFrame, headersFrame } from '../wire/http2/writer.js';

/**
 * A request over HTTP/2, made once: its header block uses no dynamic table, so it fits every connection at any time,
 * and only the number of the stream is put in when it is sent.
 */
export interface Http2Request {
	/** HEADERS and the frames that go on with it. */
	head: Uint8Array;
	body: Uint8Array;
	/** Head and body in whole frames, for as long as the windows are wide enough: nearly always. */
	whole: Uint8Array;
	/** Where the numbers of the stream stand in `whole`; the first `headIds` of them in `head` as well. */
	ids: readonly number[];
	headIds: number;
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
};

export const http2Request = (fields: readonly Field[], body: Uint8Array): Http2Request => {
	const encoder = new HpackEncoder({ tableSize: 0 });
	// The first block of an encoder says that it uses no table: every decoder begins with an empty one, and need not know.
	encoder.encode([]);
	const head = headersFrame(0, encoder.encode(fields), { endStream: body.length === 0 });
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < body.length; at += MIN_MAX_FRAME) pieces.push(dataFrame(0, body.subarray(at, at + MIN_MAX_FRAME), at + MIN_MAX_FRAME >= body.length));
	const whole = joined([head, ...pieces]);
	const ids: number[] = [];
	let headIds = 0;
	for (let at = 0; at < whole.length; at += 9 + (((whole[at] as number) << 16) | ((whole[at + 1] as number) << 8) | (whole[at + 2] as number))) {
		ids.push(at + 5);
		if (whole[at + 3] !== FRAME.data) headIds++;
	}
	return { head, body, whole, ids, headIds };
};
