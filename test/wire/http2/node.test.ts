import * as http2 from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import type { Field } from '../../../src/wire/hpack/field.js';
import type { Frame } from '../../../src/wire/http2/frame.js';
import { FrameParser } from '../../../src/wire/http2/parser.js';
import { PREFACE } from '../../../src/wire/http2/preface.js';
import { dataFrame, headersFrame, SETTINGS_ACK, settingsFrame } from '../../../src/wire/http2/writer.js';
import { fields, randomFields } from '../hpack/random-fields.js';

const listening = async (t: ExecutionContext, server: Server | http2.Http2Server): Promise<number> => {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return (server.address() as AddressInfo).port;
};

/** Names once each, as Node's header objects have them. */
const forNode = (list: Field[]): Field[] => [...new Map(list.map((f) => [f.name, f])).values()];
const plain = (list: readonly Field[]): Record<string, string> => Object.fromEntries(list.map((f) => [f.name, f.value]));

/** Both directions of one session between Node and Node, with what its server got and what it answered. */
const captured = async (t: ExecutionContext, chance: Rng, count: number): Promise<{ up: Buffer; down: Buffer; requests: Field[][]; answers: Field[][] }> => {
	const requests: Field[][] = [];
	const answers: Field[][] = [];
	const server = http2.createServer();
	server.on('stream', (stream: http2.ServerHttp2Stream, head) => {
		const list = forNode(randomFields(chance));
		answers[Number(head['the-n'])] = [{ name: ':status', value: '200' }, ...list];
		const sensitive = list.filter((f) => f.never).map((f) => f.name);
		stream.respond({ ...plain(list), [http2.sensitiveHeaders]: sensitive } as http2.OutgoingHttpHeaders);
		stream.resume().on('end', () => stream.end(Buffer.alloc(Number(head['the-n']) * 37, 'z')));
	});
	const port = await listening(t, server);
	const up: Buffer[] = [];
	const down: Buffer[] = [];
	const between = createServer((socket) => {
		const on = connect(port, '127.0.0.1');
		socket.on('data', (b) => up.push(b) && on.write(b)).on('end', () => on.end());
		on.on('data', (b) => down.push(b) && socket.write(b)).on('end', () => socket.end());
	});
	const session = http2.connect(`http://127.0.0.1:${await listening(t, between)}`, { settings: { headerTableSize: 1000 + Math.floor(chance.next() * 9000) } });
	for (let n = 0; n < count; n++) {
		const list = [...fields([':method', 'POST'], [':path', `/x?${n}`], [':scheme', 'http'], [':authority', 'a']), ...forNode(randomFields(chance))];
		list.push({ name: 'the-n', value: String(n) });
		requests.push(list);
		const sensitive = list.filter((f) => f.never).map((f) => f.name);
		const stream = session.request({ ...plain(list), [http2.sensitiveHeaders]: sensitive } as http2.OutgoingHttpHeaders);
		stream.resume().end(Buffer.alloc(Math.floor(chance.next() * 3000)));
		await new Promise((resolve) => stream.on('close', resolve));
	}
	await new Promise<void>((resolve) => session.close(() => resolve()));
	return { up: Buffer.concat(up), down: Buffer.concat(down), requests, answers };
};

const readLists = (bytes: Buffer, preface: boolean, tableLimit: number, chance: Rng): { lists: Field[][]; data: number; kinds: Set<string> } => {
	const parser = new FrameParser({ preface });
	const decoder = new HpackDecoder(tableLimit);
	const lists: Field[][] = [];
	let data = 0;
	const kinds = new Set<string>();
	for (let from = 0; from < bytes.length; ) {
		const piece = bytes.subarray(from, from + 1 + Math.floor(chance.next() ** 4 * 5000));
		from += piece.length;
		for (let at = 0; at < piece.length; ) {
			at = parser.step(piece, at, piece.length);
			const frame = parser.frame as Frame | null;
			if (parser.lost) throw new Error(parser.lost.why);
			if (!frame) continue;
			kinds.add(frame.kind);
			if (frame.kind === 'data') data += frame.data.length;
			if (frame.kind !== 'headers') continue;
			const decoded = decoder.decode(frame.block);
			if (!decoded.ok) throw new Error(decoded.why);
			lists.push(decoded.fields);
		}
	}
	return { lists, data, kinds };
};
/** Node sends what it likes in an order of its own, and adds a date. */
const comparable = (list: readonly Field[]): string[] =>
	list
		.filter((f) => f.name !== 'date')
		// nghttp2 takes these for secrets whatever it was told.
		.map((f) => `${f.name}: ${f.value}${f.never && f.name !== 'authorization' && f.name !== 'cookie' ? ' (never)' : ''}`)
		.sort();

test('what Node sends is read as Node meant it, in any cuts', async (t) => {
	for (let seed = 1; seed <= 4; seed++) {
		const chance = rng(seed);
		const { up, down, requests, answers } = await captured(t, chance, 60);
		const sent = readLists(up, true, 4096, chance);
		t.deepEqual(sent.lists.map(comparable), requests.map(comparable));
		const got = readLists(down, false, 10_000, chance);
		t.deepEqual(got.lists.map(comparable), answers.map(comparable));
		t.is(got.data, (37 * 60 * 59) / 2);
		t.true(['preface', 'settings', 'data', 'headers', 'goaway'].every((kind) => sent.kinds.has(kind)));
	}
});

for (const options of [{}, { tableSize: 0 }, { huffman: false }]) {
	test(`Node reads what an encoder with ${JSON.stringify(options)} sends`, async (t) => {
		const chance = rng(9);
		const seen: string[][] = [];
		const server = http2.createServer({ settings: { headerTableSize: 700 }, maxHeaderListPairs: 500 });
		server.on('stream', (stream: http2.ServerHttp2Stream, _head: unknown, _flags: unknown, rawHeaders: string[]) => {
			seen.push(rawHeaders);
			stream.respond({ ':status': 204 }, { endStream: true });
		});
		const port = await listening(t, server);
		const socket: Socket = connect(port, '127.0.0.1');
		t.teardown(() => socket.destroy());
		const parser = new FrameParser();
		const decoder = new HpackDecoder();
		const encoder = new HpackEncoder(options);
		const statuses: string[] = [];
		const sent: Field[][] = [];
		const total = 400;
		const batch = (): void => {
			for (let k = 0; k < 50; k++) {
				const list = [
					...fields([':method', 'GET'], [':path', `/x?${sent.length}`], [':scheme', 'http'], [':authority', 'a']),
					...forNode(randomFields(chance)),
				];
				const stream = sent.length * 2 + 1;
				const endStream = chance.next() < 0.5;
				sent.push(list);
				// In small frames, so that CONTINUATION is met; Node allows eight of them.
				const block = encoder.encode(list);
				const maxFrameSize = Math.ceil(block.length / 6) + 20 + Math.floor(chance.next() * 200);
				socket.write(headersFrame(stream, block, { endStream, maxFrameSize }));
				if (!endStream) socket.write(dataFrame(stream, new Uint8Array(0), true));
			}
		};
		socket.write(PREFACE);
		socket.write(settingsFrame([[3, 1000]]));
		await new Promise<void>((resolve, reject) => {
			socket.on('close', () => reject(new Error(`closed after ${statuses.length}`)));
			socket.on('data', (bytes) => {
				for (let at = 0; at < bytes.length; ) {
					at = parser.step(bytes, at, bytes.length);
					const frame = parser.frame as Frame | null;
					if (frame?.kind === 'settings' && !frame.ack) {
						for (const [id, value] of frame.settings) if (id === 1) encoder.setTableLimit(value);
						socket.write(SETTINGS_ACK);
						batch();
					} else if (frame?.kind === 'headers') {
						const decoded = decoder.decode(frame.block);
						statuses.push(decoded.ok ? (decoded.fields[0]?.value ?? '') : decoded.why);
						if (statuses.length === total) resolve();
						else if (statuses.length === sent.length) batch();
					} else if (frame?.kind === 'goaway') reject(new Error(`GOAWAY ${frame.code} ${Buffer.from(frame.debug).toString()}`));
				}
			});
		});
		t.is(new Set(statuses).size, 1);
		for (const [n, list] of sent.entries()) {
			const raw = seen[n] as string[];
			const got: string[] = [];
			for (let i = 0; i < raw.length; i += 2) got.push(`${raw[i]}: ${raw[i + 1]}`);
			t.deepEqual(
				got,
				list.map((f) => `${f.name}: ${f.value}`),
			);
		}
	});
}
