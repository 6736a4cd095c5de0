import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { type FramingKind, frameMessage, MessageReader } from '../../src/wire/message-framing.js';

const read = (kind: FramingKind, most: number, ...pieces: string[]) => {
	const heard: string[] = [];
	const reader = new MessageReader(kind, most);
	let ok = true;
	for (const piece of pieces)
		ok = reader.read(new Uint8Array(Buffer.from(piece, 'latin1')), (m) => {
			heard.push(Buffer.from(m).toString());
			return true;
		});
	return { heard, ok, why: reader.why, tooLarge: reader.tooLarge, open: reader.open };
};

test('messages in any cuts', (t) => {
	const random = rng(2);
	for (const kind of ['line', 'length'] as const) {
		for (let n = 0; n < 200; n++) {
			const sent = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => `{"ü":"${'x'.repeat(Math.floor(random.next() * 60))}"}`);
			const stream = Buffer.concat(sent.map((text) => frameMessage(text, kind)));
			const heard: string[] = [];
			const reader = new MessageReader(kind, 100);
			for (let at = 0; at < stream.length; ) {
				const to = Math.min(stream.length, at + 1 + Math.floor(random.next() * 30));
				t.true(
					reader.read(new Uint8Array(stream.subarray(at, to)), (m) => {
						heard.push(Buffer.from(m).toString());
						return true;
					}),
					reader.why,
				);
				at = to;
			}
			t.deepEqual(heard, sent);
			t.false(reader.open);
		}
	}
});

test('lines: CRLF, empty ones, and too long ones', (t) => {
	t.deepEqual(read('line', 10, 'a\r\n\n\r\nb\n').heard, ['a', 'b']);
	t.like(read('line', 10, '12345678901\n'), { ok: false, tooLarge: true });
	t.like(read('line', 10, '123456', '7890123'), { ok: false, tooLarge: true, heard: [] });
	t.like(read('line', 10, 'abc'), { ok: true, open: true });
});

test('heads: what is one', (t) => {
	t.deepEqual(read('length', 10, 'content-LENGTH:  2 \r\nContent-Type: x\r\n\r\nok').heard, ['ok']);
	for (const head of ['Content-Length: x', 'Content-Length: -1', 'Content-Length: 0', 'Content-Type: x', 'Content-Length: 1\r\nContent-Length: 2', 'ok'])
		t.like(read('length', 10, `${head}\r\n\r\nok`), { ok: false, tooLarge: false, heard: [] }, head);
	t.like(read('length', 10, 'Content-Length: 11\r\n\r\n'), { ok: false, tooLarge: true });
	t.like(read('length', 10_000, 'X: y\r\n'.repeat(1000)), { ok: false, tooLarge: true });
});

test('whoever has heard enough stops the reader', (t) => {
	let heard = 0;
	t.true(new MessageReader('line', 10).read(new Uint8Array(Buffer.from('a\nb\n')), () => ++heard > 1));
	t.is(heard, 1);
});
