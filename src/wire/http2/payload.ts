import { ERROR, FLAG, FRAME, type Frame, type Lost, MAX_WINDOW, MIN_MAX_FRAME, type Priority, SETTING, type Setting } from './frame.js';

/** The nine bytes before every frame's payload (RFC 9113, 4.1). */
export interface Head {
	length: number;
	type: number;
	flags: number;
	stream: number;
}

const protocol = (why: string): Lost => ({ code: ERROR.protocol, why });
const size = (what: string): Lost => ({ code: ERROR.frameSize, why: `a ${what} of the wrong size` });

/** What is wrong with a frame by its head alone. */
export const payloadError = ({ type, flags, length, stream }: Head): Lost | null => {
	switch (type) {
		case FRAME.data:
			if (stream === 0) return protocol('DATA of no stream');
			return flags & FLAG.padded && length < 1 ? size('DATA frame') : null;
		case FRAME.headers:
		case FRAME.pushPromise: {
			if (stream === 0) return protocol('a header block of no stream');
			const least = (flags & FLAG.padded ? 1 : 0) + (type === FRAME.pushPromise ? 4 : flags & FLAG.priority ? 5 : 0);
			return length < least ? size('header block') : null;
		}
		case FRAME.priority:
			if (stream === 0) return protocol('PRIORITY of no stream');
			return length === 5 ? null : size('PRIORITY frame');
		case FRAME.rstStream:
			if (stream === 0) return protocol('RST_STREAM of no stream');
			return length === 4 ? null : size('RST_STREAM frame');
		case FRAME.settings:
			if (stream !== 0) return protocol('SETTINGS of a stream');
			return flags & FLAG.ack ? (length === 0 ? null : size('SETTINGS frame')) : length % 6 === 0 ? null : size('SETTINGS frame');
		case FRAME.ping:
			if (stream !== 0) return protocol('PING of a stream');
			return length === 8 ? null : size('PING frame');
		case FRAME.goaway:
			if (stream !== 0) return protocol('GOAWAY of a stream');
			return length >= 8 ? null : size('GOAWAY frame');
		case FRAME.windowUpdate:
			return length === 4 ? null : size('WINDOW_UPDATE frame');
		default:
			return null;
	}
};

export const uint32 = (b: Uint8Array, at: number): number =>
	(((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number)) >>> 0;

/** Five bytes; where there are but four, the weight is none. */
export const readPriority = (payload: Uint8Array, at: number): Priority => {
	const word = uint32(payload, at);
	return { dependsOn: word & MAX_WINDOW, exclusive: word > MAX_WINDOW, weight: (payload[at + 4] ?? 0) + 1 };
};

const settingError = (id: number, value: number): Lost | null => {
	if (id === SETTING.enablePush || id === SETTING.enableConnectProtocol) return value > 1 ? protocol('a SETTINGS value out of range') : null;
	if (id === SETTING.initialWindowSize) return value > MAX_WINDOW ? { code: ERROR.flowControl, why: 'an initial window out of range' } : null;
	if (id === SETTING.maxFrameSize) return value < MIN_MAX_FRAME || value > 2 ** 24 - 1 ? protocol('a SETTINGS value out of range') : null;
	return null;
};

/** A frame that is neither DATA nor part of a header block; its head is in order. */
export const readPayload = ({ type, flags, stream }: Head, payload: Uint8Array): Frame | Lost => {
	switch (type) {
		case FRAME.priority:
			return { kind: 'priority', stream, priority: readPriority(payload, 0) };
		case FRAME.rstStream:
			return { kind: 'rstStream', stream, code: uint32(payload, 0) };
		case FRAME.settings: {
			const settings: Setting[] = [];
			for (let at = 0; at < payload.length; at += 6) {
				const id = ((payload[at] as number) << 8) | (payload[at + 1] as number);
				const value = uint32(payload, at + 2);
				const wrong = settingError(id, value);
				if (wrong) return wrong;
				settings.push([id, value]);
			}
			return { kind: 'settings', ack: (flags & FLAG.ack) !== 0, settings };
		}
		case FRAME.ping:
			return { kind: 'ping', ack: (flags & FLAG.ack) !== 0, data: payload };
		case FRAME.goaway:
			return { kind: 'goaway', last: uint32(payload, 0) & MAX_WINDOW, code: uint32(payload, 4), debug: payload.subarray(8) };
		case FRAME.windowUpdate:
			return { kind: 'windowUpdate', stream, increment: uint32(payload, 0) & MAX_WINDOW };
		default:
			return { kind: 'unknown', type, flags, stream, payload };
	}
};
