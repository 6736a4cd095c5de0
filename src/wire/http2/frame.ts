/** Frames of HTTP/2 (RFC 9113, 6), read. Views are valid only until the next step of the parser that made them. */
export const FRAME = {
	data: 0,
	headers: 1,
	priority: 2,
	rstStream: 3,
	settings: 4,
	pushPromise: 5,
	ping: 6,
	goaway: 7,
	windowUpdate: 8,
	continuation: 9,
} as const;

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** RFC 9113, 6.5.2; RFC 8441, 3; RFC 9218, 2.1. */
export const SETTING = {
	headerTableSize: 1,
	enablePush: 2,
	maxConcurrentStreams: 3,
	initialWindowSize: 4,
	maxFrameSize: 5,
	maxHeaderListSize: 6,
	enableConnectProtocol: 8,
	noRfc7540Priorities: 9,
} as const;

/** RFC 9113, 7. */
export const ERROR = {
	none: 0,
	protocol: 1,
	internal: 2,
	flowControl: 3,
	settingsTimeout: 4,
	streamClosed: 5,
	frameSize: 6,
	refusedStream: 7,
	cancel: 8,
	compression: 9,
	connect: 10,
	enhanceYourCalm: 11,
	inadequateSecurity: 12,
	http11Required: 13,
} as const;

export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 2 ** 31 - 1;
export const MIN_MAX_FRAME = 16_384;
export const MAX_STREAM = 2 ** 31 - 1;

/** `weight` 1…256. */
export interface Priority {
	dependsOn: number;
	exclusive: boolean;
	weight: number;
}

export type Setting = readonly [id: number, value: number];

export type Frame =
	| { kind: 'preface' }
	/**
	 * A piece of a DATA frame, without its padding: as many as the frame was cut into. `flow`: what it takes of the
	 * windows, padding included, counted with the first and the last piece. `rest`: bytes of the frame's data to come.
	 * `endStream` only with the last piece.
	 */
	| { kind: 'data'; stream: number; data: Uint8Array; flow: number; rest: number; endStream: boolean }
	/** With the blocks of its CONTINUATION frames. */
	| { kind: 'headers'; stream: number; block: Uint8Array; endStream: boolean; priority: Priority | null }
	| { kind: 'pushPromise'; stream: number; promised: number; block: Uint8Array }
	| { kind: 'priority'; stream: number; priority: Priority }
	| { kind: 'rstStream'; stream: number; code: number }
	| { kind: 'settings'; ack: boolean; settings: readonly Setting[] }
	/** 8 bytes. */
	| { kind: 'ping'; ack: boolean; data: Uint8Array }
	| { kind: 'goaway'; last: number; code: number; debug: Uint8Array }
	/** An increment of 0 is an error of its stream (6.9), and left to the reader. */
	| { kind: 'windowUpdate'; stream: number; increment: number }
	/** Of a type that RFC 9113 does not know. */
	| { kind: 'unknown'; type: number; flags: number; stream: number; payload: Uint8Array };

/** A connection error (RFC 9113, 5.4.1). */
export interface Lost {
	code: number;
	why: string;
}
