import test from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';
import { ERROR, FRAME, type Frame } from '../../../src/wire/http2/frame.js';
import { FrameParser, type ParserOptions } from '../../../src/wire/http2/parser.js';
import { beginsHttp2, PREFACE } from '../../../src/wire/http2/preface.js';
import * as write from '../../../src/wire/http2/writer.js';

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const text = (s: string): Uint8Array => Uint8Array.from(Buffer.from(s, 'latin1'));
const START = write.settingsFrame([]);

/** Everything that is read, pieces of one DATA frame joined, views as text; a loss comes last. */
const follow = (parser: FrameParser, bytes: Uint8Array, cuts: readonly number[] = []): unknown[] => {
	const read: Record<string, unknown>[] = [];
	let from = 0;
	for (const to of [...cuts, bytes.length]) {
		// Of its own, and overwritten afterwards: whoever kept a view would read nonsense.
		const piece = bytes.slice(from, to);
		for (let at = 0; at < piece.length; ) {
			const before = at;
			at = parser.step(piece, at, piece.length);
			if (at < before || at > piece.length) throw new Error('the index runs away');
			const { frame } = parser;
			if (frame) {
				const plain: Record<string, unknown> = { ...frame };
				for (const key of ['data', 'block', 'payload', 'debug']) if (key in plain) plain[key] = Buffer.from(plain[key] as Uint8Array).toString('latin1');
				const last = read.at(-1);
				if (frame.kind === 'data' && last?.kind === 'data' && (last.rest as number) > 0) {
					last.data = `${last.data}${plain.data}`;
					last.flow = (last.flow as number) + frame.flow;
					last.rest = frame.rest;
					last.endStream = frame.endStream;
				} else read.push(plain);
			} else if (parser.lost) break;
		}
		piece.fill(0xaa);
		from = to;
		if (parser.lost) break;
	}
	if (parser.lost) read.push({ lost: parser.lost.code, why: parser.lost.why });
	return read;
};
const cutAt = (chance: Rng, length: number, count: number): number[] =>
	Array.from({ length: count }, () => Math.floor(chance.next() * (length + 1))).sort((a, b) => a - b);

const padded = (type: number, flags: number, stream: number, payload: string, pad: number): Uint8Array =>
	write.frameBytes(type, flags | 8, stream, join(Uint8Array.of(pad), text(payload), new Uint8Array(pad)));
const priority = { dependsOn: 3, exclusive: true, weight: 256 };

const ALL: [string, Uint8Array, object][] = [
	[
		'settings',
		write.settingsFrame([
			[1, 0],
			[4, 2 ** 31 - 1],
			[99, 2 ** 32 - 1],
		]),
		{
			kind: 'settings',
			ack: false,
			settings: [
				[1, 0],
				[4, 2 ** 31 - 1],
				[99, 2 ** 32 - 1],
			],
		},
	],
	['their acknowledgement', write.SETTINGS_ACK, { kind: 'settings', ack: true, settings: [] }],
	['headers', write.headersFrame(1, text('block')), { kind: 'headers', stream: 1, block: 'block', endStream: false, priority: null }],
	[
		'headers with everything',
		write.headersFrame(5, text('block'), { endStream: true, priority }),
		{ kind: 'headers', stream: 5, block: 'block', endStream: true, priority },
	],
	[
		'headers in four frames',
		write.headersFrame(5, text('0123456789abc'), { priority, maxFrameSize: 6 }),
		{ kind: 'headers', stream: 5, block: '0123456789abc', endStream: false, priority },
	],
	['an empty block', write.headersFrame(7, text(''), { endStream: true }), { kind: 'headers', stream: 7, block: '', endStream: true, priority: null }],
	['padded headers', padded(FRAME.headers, 4, 9, 'block', 200), { kind: 'headers', stream: 9, block: 'block', endStream: false, priority: null }],
	['data', write.dataFrame(1, text('hello')), { kind: 'data', stream: 1, data: 'hello', flow: 5, rest: 0, endStream: false }],
	['empty data', write.dataFrame(1, text(''), true), { kind: 'data', stream: 1, data: '', flow: 0, rest: 0, endStream: true }],
	['padded data', padded(FRAME.data, 1, 1, 'hello', 255), { kind: 'data', stream: 1, data: 'hello', flow: 261, rest: 0, endStream: true }],
	['data that is all padding', padded(FRAME.data, 0, 1, '', 3), { kind: 'data', stream: 1, data: '', flow: 4, rest: 0, endStream: false }],
	['padded data without padding', padded(FRAME.data, 1, 1, '', 0), { kind: 'data', stream: 1, data: '', flow: 1, rest: 0, endStream: true }],
	[
		'priority',
		write.priorityFrame(3, { dependsOn: 2 ** 31 - 1, exclusive: false, weight: 1 }),
		{ kind: 'priority', stream: 3, priority: { dependsOn: 2 ** 31 - 1, exclusive: false, weight: 1 } },
	],
	['a reset', write.rstStreamFrame(3, 2 ** 32 - 1), { kind: 'rstStream', stream: 3, code: 2 ** 32 - 1 }],
	['a promise', write.pushPromiseFrame(1, 2, text('block')), { kind: 'pushPromise', stream: 1, promised: 2, block: 'block' }],
	['a promise in parts', write.pushPromiseFrame(1, 4, text('0123456789'), 6), { kind: 'pushPromise', stream: 1, promised: 4, block: '0123456789' }],
	['a ping', write.pingFrame(text('12345678')), { kind: 'ping', ack: false, data: '12345678' }],
	['its answer', write.pingFrame(text('12345678'), true), { kind: 'ping', ack: true, data: '12345678' }],
	['goaway', write.goawayFrame(7, 11, text('why')), { kind: 'goaway', last: 7, code: 11, debug: 'why' }],
	['a window update', write.windowUpdateFrame(0, 2 ** 31 - 1), { kind: 'windowUpdate', stream: 0, increment: 2 ** 31 - 1 }],
	['one of 0', write.windowUpdateFrame(3, 0), { kind: 'windowUpdate', stream: 3, increment: 0 }],
	['an unknown frame', write.frameBytes(0x10, 7, 0, text('u=1')), { kind: 'unknown', type: 0x10, flags: 7, stream: 0, payload: 'u=1' }],
	['an empty unknown frame', write.frameBytes(200, 0, 4, text('')), { kind: 'unknown', type: 200, flags: 0, stream: 4, payload: '' }],
];

for (const [what, bytes, expected] of ALL) {
	test(`reads ${what}, whole and byte by byte`, (t) => {
		const all = join(START, bytes, write.pingFrame(text('theNext!')));
		const rest = [expected, { kind: 'ping', ack: false, data: 'theNext!' }];
		t.deepEqual(follow(new FrameParser(), all).slice(1), rest);
		const parser = new FrameParser();
		t.deepEqual(
			follow(
				parser,
				all,
				Array.from({ length: all.length }, (_, i) => i),
			).slice(1),
			rest,
		);
		t.true(parser.idle);
		t.is(parser.keptBytes, 0);
	});
}

test('all of them in random cuts are the same as in one piece', (t) => {
	const all = join(PREFACE, START, ...ALL.map(([, bytes]) => bytes), write.frameBytes(0, 0, 1, new Uint8Array(16_384)));
	const whole = follow(new FrameParser({ preface: true }), all);
	t.deepEqual(
		whole.slice(2, -1),
		ALL.map(([, , expected]) => expected),
	);
	t.deepEqual(whole[0], { kind: 'preface' });
	const chance = rng(5);
	for (let n = 0; n < 300; n++) t.deepEqual(follow(new FrameParser({ preface: true }), all, cutAt(chance, all.length, Math.floor(chance.next() * 60))), whole);
});

test('data is handed on as it comes, without a copy', (t) => {
	const parser = new FrameParser();
	const all = join(START, write.dataFrame(1, text('hello world'), true));
	const pieces: [string, number, boolean, boolean][] = [];
	for (const [from, to] of [
		[0, 22],
		[22, 27],
		[27, all.length],
	] as const) {
		const piece = all.slice(from, to);
		for (let at = 0; at < piece.length; ) {
			at = parser.step(piece, at, piece.length);
			const frame = parser.frame as Frame | null;
			if (frame?.kind === 'data') pieces.push([Buffer.from(frame.data).toString(), frame.rest, frame.endStream, frame.data.buffer === piece.buffer]);
		}
	}
	t.deepEqual(pieces, [
		['hell', 7, false, true],
		['o wor', 2, false, true],
		['ld', 0, true, true],
	]);
});

const raw = (type: number, flags: number, stream: number, length: number): Uint8Array => write.frameBytes(type, flags, stream, new Uint8Array(length));
for (const [what, bytes, code, options] of [
	['a first frame that is no SETTINGS', write.pingFrame(text('12345678')), ERROR.protocol],
	['no preface', text('GET / HTTP/1.1\r\n'), ERROR.protocol, { preface: true }],
	['a frame larger than allowed', join(START, raw(0, 0, 1, 16_385)), ERROR.frameSize],
	['DATA of no stream', join(START, raw(0, 0, 0, 1)), ERROR.protocol],
	['padded DATA without a length', join(START, raw(0, 8, 1, 0)), ERROR.frameSize],
	['more padding than data', join(START, write.frameBytes(0, 8, 1, Uint8Array.of(2, 0))), ERROR.protocol],
	['HEADERS of no stream', join(START, raw(1, 4, 0, 1)), ERROR.protocol],
	['more padding than block', join(START, write.frameBytes(1, 12, 1, Uint8Array.of(2, 0))), ERROR.protocol],
	['HEADERS too short for their priority', join(START, raw(1, 36, 1, 4)), ERROR.frameSize],
	['padding into the priority', join(START, write.frameBytes(1, 44, 1, Uint8Array.of(1, 0, 0, 0, 0, 0))), ERROR.protocol],
	['PRIORITY of no stream', join(START, raw(2, 0, 0, 5)), ERROR.protocol],
	['PRIORITY of a wrong size', join(START, raw(2, 0, 1, 6)), ERROR.frameSize],
	['RST_STREAM of no stream', join(START, raw(3, 0, 0, 4)), ERROR.protocol],
	['RST_STREAM of a wrong size', join(START, raw(3, 0, 1, 5)), ERROR.frameSize],
	['SETTINGS of a stream', join(START, raw(4, 0, 1, 0)), ERROR.protocol],
	['SETTINGS of a wrong size', raw(4, 0, 0, 7), ERROR.frameSize],
	['an acknowledgement with settings', join(START, raw(4, 1, 0, 6)), ERROR.frameSize],
	['a window out of range', write.settingsFrame([[4, 2 ** 31]]), ERROR.flowControl],
	['a frame size out of range', write.settingsFrame([[5, 16_383]]), ERROR.protocol],
	['a push that is neither on nor off', write.settingsFrame([[2, 2]]), ERROR.protocol],
	['PUSH_PROMISE of no stream', join(START, raw(5, 4, 0, 4)), ERROR.protocol],
	['PUSH_PROMISE that is too short', join(START, raw(5, 4, 1, 3)), ERROR.frameSize],
	['PING of a stream', join(START, raw(6, 0, 1, 8)), ERROR.protocol],
	['PING of a wrong size', join(START, raw(6, 0, 0, 7)), ERROR.frameSize],
	['GOAWAY of a stream', join(START, raw(7, 0, 1, 8)), ERROR.protocol],
	['GOAWAY that is too short', join(START, raw(7, 0, 0, 7)), ERROR.frameSize],
	['WINDOW_UPDATE of a wrong size', join(START, raw(8, 0, 0, 5)), ERROR.frameSize],
	['a CONTINUATION of nothing', join(START, raw(9, 4, 1, 1)), ERROR.protocol],
	['a block that is not continued', join(START, raw(1, 0, 1, 1), raw(0, 0, 1, 1)), ERROR.protocol],
	['a block that another stream continues', join(START, raw(1, 0, 1, 1), raw(9, 4, 3, 1)), ERROR.protocol],
	['a block that is too long', join(START, raw(1, 0, 1, 16_384), ...Array.from({ length: 4 }, () => raw(9, 0, 1, 16_384))), ERROR.enhanceYourCalm],
	['a flood of empty CONTINUATIONs', join(START, raw(1, 0, 1, 1), ...Array.from({ length: 10_000 }, () => raw(9, 0, 1, 0))), ERROR.enhanceYourCalm],
	['a control frame that is too long', join(START, raw(4, 0, 0, 66_000)), ERROR.enhanceYourCalm, { maxFrameSize: 2 ** 24 - 1 }],
] as [string, Uint8Array, number, ParserOptions?][]) {
	test(`refuses ${what}, for good`, (t) => {
		const parser = new FrameParser(options);
		const read = follow(parser, bytes) as { lost?: number }[];
		t.is(read.at(-1)?.lost, code);
		t.is(parser.step(START, 0, START.length), START.length);
		t.is(parser.frame, null);
		t.is(parser.keptBytes, 0);
		const bytewise = follow(
			new FrameParser(options),
			bytes,
			Array.from({ length: Math.min(bytes.length, 200_000) }, (_, i) => i),
		) as { lost?: number }[];
		t.deepEqual(bytewise.at(-1), read.at(-1));
	});
}

test('an unknown frame that is too long to keep is skipped', (t) => {
	const parser = new FrameParser({ maxFrameSize: 2 ** 24 - 1 });
	t.deepEqual(follow(parser, join(START, raw(77, 0, 0, 100_000), write.SETTINGS_ACK), [1000, 50_000]).slice(1), [
		{ kind: 'settings', ack: true, settings: [] },
	]);
});

test('what is kept is bounded, and grows with what has come rather than with what was announced', (t) => {
	const parser = new FrameParser({ maxFrameSize: 2 ** 24 - 1 });
	follow(parser, join(START, Uint8Array.of(0, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 1)));
	t.true(parser.keptBytes <= 64);
	const flood = new FrameParser();
	let most = 0;
	follow(flood, join(START, raw(1, 0, 1, 0)));
	for (const frame = raw(9, 0, 1, 700); !flood.lost; ) {
		follow(flood, frame);
		most = Math.max(most, flood.keptBytes);
	}
	t.true(most <= 65_536, `${most}`);
	t.is(flood.keptBytes, 0);
});

test('random and mutated frames: read or lost, in any cuts alike', (t) => {
	const chance = rng(11);
	const good = join(PREFACE, START, ...ALL.map(([, bytes]) => bytes));
	for (let n = 0; n < 1500; n++) {
		const bytes = good.slice();
		for (let k = 1 + Math.floor(chance.next() * 4); k > 0; k--) bytes[Math.floor(chance.next() * bytes.length)] = Math.floor(chance.next() * 256);
		const whole = follow(new FrameParser({ preface: true }), bytes);
		const parser = new FrameParser({ preface: true });
		t.deepEqual(follow(parser, bytes, cutAt(chance, bytes.length, 20)), whole);
		t.true(parser.keptBytes <= 65_536);
	}
	for (let n = 0; n < 1500; n++) {
		const bytes = join(
			START,
			Uint8Array.from({ length: 300 }, (_, i) => (i % 12 < 2 ? 0 : Math.floor(chance.next() * 256))),
		);
		t.deepEqual(follow(new FrameParser(), bytes, cutAt(chance, bytes.length, 20)), follow(new FrameParser(), bytes));
	}
});

test('a connection tells by its first bytes whether it begins HTTP/2', (t) => {
	t.is(beginsHttp2(PREFACE), 'yes');
	t.is(beginsHttp2(join(PREFACE, START)), 'yes');
	t.is(beginsHttp2(text('')), 'maybe');
	t.is(beginsHttp2(text('PRI * HTTP/2.0\r\n\r\nSM')), 'maybe');
	t.is(beginsHttp2(text('P')), 'maybe');
	t.is(beginsHttp2(text('POST / HTTP/1.1')), 'no');
	t.is(beginsHttp2(text('PRI * HTTP/1.1\r\n')), 'no');
});
