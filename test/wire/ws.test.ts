import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { WS, type WsMessage, WsReader, wsClose, wsFrame } from '../../src/wire/ws.js';
import { readUpgrade } from '../../src/wire/ws-handshake.js';

/** As a server writes: without a mask. */
const frame = (first: number, payload: Uint8Array | string, second?: number): Buffer => {
	const body = Buffer.from(payload as string);
	const n = body.length;
	const length =
		second !== undefined
			? [second]
			: n < 126
				? [n]
				: n < 65_536
					? [126, n >> 8, n & 255]
					: [127, 0, 0, 0, 0, n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
	return Buffer.concat([Buffer.from([first, ...length]), body]);
};
const read = (most: number, ...pieces: Uint8Array[]) => {
	const heard: WsMessage[] = [];
	const reader = new WsReader(most);
	let ok = true;
	for (const piece of pieces)
		ok = reader.read(new Uint8Array(piece), (m) => {
			heard.push('data' in m ? { ...m, data: new Uint8Array(m.data) } : m);
			return true;
		});
	return { heard, ok, why: reader.why, tooLarge: reader.tooLarge, idle: reader.idle };
};
const texts = (heard: readonly WsMessage[]) => heard.map((m) => ('data' in m ? `${m.kind} ${Buffer.from(m.data)}` : `${m.kind} ${m.code} ${m.reason}`));

test('frames of a client are masked, in all three lengths', (t) => {
	t.is(Buffer.from(wsFrame(WS.text, Buffer.from('Hello'), Uint8Array.of(0x37, 0xfa, 0x21, 0x3d))).toString('hex'), '818537fa213d7f9f4d5158');
	for (const n of [0, 125, 126, 65_535, 65_536]) {
		const out = wsFrame(WS.binary, new Uint8Array(n).fill(7), Uint8Array.of(1, 2, 3, 4));
		t.is(out.length, n + 6 + (n < 126 ? 0 : n < 65_536 ? 2 : 8));
		t.is(out[1], 0x80 | (n < 126 ? n : n < 65_536 ? 126 : 127));
		if (n > 1) t.is((out.at(-1) as number) ^ (((n - 1) & 3) + 1), 7);
	}
	t.is(Buffer.from(wsClose(1000, new Uint8Array(4))).toString('hex'), '88820000000003e8');
});

test('messages, fragments with control frames between them, in any cuts', (t) => {
	const stream = Buffer.concat([
		frame(0x81, 'one'),
		frame(0x01, 'tw'),
		frame(0x89, 'are you'),
		frame(0x00, ''),
		frame(0x80, 'o'),
		frame(0x82, 'x'.repeat(200)),
		frame(0x82, 'y'.repeat(70_000)),
		frame(0x8a, ''),
		frame(0x88, Buffer.concat([Buffer.from([3, 232]), Buffer.from('bye')])),
	]);
	const expected = ['text one', 'ping are you', 'text two', `binary ${'x'.repeat(200)}`, `binary ${'y'.repeat(70_000)}`, 'pong ', 'close 1000 bye'];
	t.deepEqual(texts(read(70_000, stream).heard), expected);
	const random = rng(4);
	for (let n = 0; n < 50; n++) {
		const pieces: Buffer[] = [];
		for (let at = 0; at < stream.length; ) {
			const to = at + 1 + Math.floor(random.next() * (random.next() < 0.5 ? 5 : 9000));
			pieces.push(stream.subarray(at, to));
			at = to;
		}
		const found = read(70_000, ...pieces);
		t.deepEqual(texts(found.heard), expected);
		t.true(found.ok && found.idle, found.why);
	}
});

test('what RFC 6455 forbids', (t) => {
	for (const [why, ...pieces] of [
		['mask', frame(0x81, 'abcda', 0x81)],
		['rsv', frame(0xc1, 'a')],
		['opcode 3', frame(0x83, 'a')],
		['opcode 11', frame(0x8b, 'a')],
		['long control', frame(0x89, 'a'.repeat(126))],
		['fragmented control', frame(0x09, 'a')],
		['continuation of nothing', frame(0x80, 'a')],
		['message in a message', frame(0x01, 'a'), frame(0x81, 'b')],
		['long length', Buffer.from([0x81, 126, 0, 5, 1, 2, 3, 4, 5])],
		['longer length', Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 1, 0])],
		['not UTF-8', frame(0x81, Buffer.from([0xff]))],
		['not UTF-8 over fragments', frame(0x01, Buffer.from([0xc3])), frame(0x80, Buffer.from([0x28]))],
		['close with one byte', frame(0x88, 'a')],
		['close 1005', frame(0x88, Buffer.from([3, 237]))],
		['close 999', frame(0x88, Buffer.from([3, 231]))],
		['close 2000', frame(0x88, Buffer.from([7, 208]))],
		['close not UTF-8', frame(0x88, Buffer.from([3, 232, 0xff]))],
	] as [string, ...Buffer[]][]) {
		const found = read(1000, ...pieces);
		t.deepEqual([found.ok, found.tooLarge, found.heard], [false, false, []], why);
	}
	t.like(read(1000, Buffer.from([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0])), { ok: false, tooLarge: true });
	t.like(read(10, frame(0x02, '123456'), frame(0x80, '78901')), { ok: false, tooLarge: true });
	t.deepEqual(texts(read(10, frame(0x88, '')).heard), ['close 1005 ']);
	t.deepEqual(texts(read(10, frame(0x01, Buffer.from([0xc3])), frame(0x80, Buffer.from([0xbc]))).heard), ['text ü']);
});

test('random bytes never throw', (t) => {
	const random = rng(6);
	for (let n = 0; n < 3000; n++) {
		const found = read(
			50,
			Uint8Array.from({ length: 60 }, () => Math.floor(random.next() * 256)),
		);
		t.is(found.ok, found.why === '');
	}
});

test('the upgrade', (t) => {
	const head = (change: (lines: string[]) => string[]) =>
		`${change(['HTTP/1.1 101 Switching Protocols', 'Upgrade: WebSocket', 'Connection: keep-alive, Upgrade', 'Sec-WebSocket-Accept: good']).join('\r\n')}\r\n\r\n`;
	const kind = (change: (lines: string[]) => string[], protocols: string[] = []) => readUpgrade(head(change), 'good', protocols).kind;
	t.is(
		kind((l) => l),
		'yes',
	);
	t.is(
		kind((l) => [...l, 'Sec-WebSocket-Protocol: a'], ['a']),
		'yes',
	);
	for (const [i, line] of [
		[0, 'HTTP/2 101 x'],
		[0, 'HTTP/1.0 101 x'],
		[0, ''],
		[1, 'Upgrade: h2c'],
		[2, 'Connection: close'],
		[3, 'Sec-WebSocket-Accept: bad'],
		[3, 'X: y'],
		[3, 'no header'],
	] as const)
		t.is(
			kind((l) => l.with(i, line)),
			'broken',
			line,
		);
	t.is(
		kind((l) => [...l, 'Sec-WebSocket-Extensions: permessage-deflate']),
		'broken',
	);
	t.is(
		kind((l) => [...l, 'Sec-WebSocket-Protocol: b'], ['a']),
		'broken',
	);
	t.deepEqual(readUpgrade('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 3\r\n\r\n', '', []), { kind: 'status', status: 426 });
	t.deepEqual(readUpgrade('HTTP/1.1 103 Early\r\n\r\n', '', []), { kind: 'interim' });
});
