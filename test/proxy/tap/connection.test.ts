import test, { type ExecutionContext } from 'ava';
import { rng } from '../../../src/model/rng.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import { PREFACE } from '../../../src/wire/http2/preface.js';
import * as write from '../../../src/wire/http2/writer.js';
import { fields } from '../../wire/hpack/random-fields.js';
import { fault, get, RawClient, rawServer, soon, tapBefore } from '../stage.js';

const preface = Buffer.from(PREFACE);
const settings = Buffer.from(write.settingsFrame([]));
const requestOf = (encoder: HpackEncoder, stream: number, id: string): Buffer =>
	Buffer.from(
		write.headersFrame(stream, encoder.encode(fields([':method', 'GET'], [':scheme', 'http'], [':path', '/x'], [':authority', 'a'], ['x-daruma-id', id])), {
			endStream: true,
		}),
	);

/** A replica that keeps what it got and says what it is told to. */
const keeping = async (t: ExecutionContext, says: Buffer = Buffer.alloc(0)) => {
	let got = Buffer.alloc(0);
	const port = await rawServer(t, (socket) => {
		if (says.length > 0) socket.write(says);
		socket.on('data', (piece) => {
			got = Buffer.concat([got, piece]);
		});
		socket.on('end', () => socket.end());
	});
	const receives = async (length: number): Promise<Buffer> => {
		while (got.length < length) await soon(2);
		return got;
	};
	return { ...(await tapBefore(t, port)), receives };
};

test('the preface decides, in any cuts; what is like it for a while is HTTP/1', async (t) => {
	const whole = Buffer.concat([preface, settings, requestOf(new HpackEncoder(), 1, 'r1')]);
	for (const cut of [1, 3, 23, 24, 40]) {
		const { port, receives, until } = await keeping(t);
		const client = new RawClient(t, port).write(whole.subarray(0, cut));
		t.deepEqual(await receives(cut), whole.subarray(0, cut), 'nothing waits');
		client.write(whole.subarray(cut));
		t.deepEqual(await receives(whole.length), whole);
		const [receipt] = await until((events) => (events.length > 0 ? events : undefined));
		t.like(receipt, { kind: 'receipt', id: 'r1', method: 'GET', path: '/x', conn: 0, stream: 1 });
	}
	const { port, receives, until, tap } = await keeping(t);
	const client = new RawClient(t, port).write('P');
	await receives(1);
	client.write(`UT /y HTTP/1.1\r\nx-daruma-id: r2\r\n\r\n`);
	t.like((await until((events) => (events.length > 0 ? events : undefined)))[0], { kind: 'receipt', id: 'r2', method: 'PUT' });
	tap.setFault(fault('error'));
	const held = new RawClient(t, port).write('P');
	await soon(30);
	held.write('OST / HTTP/1.1\r\n');
	await soon(10);
	held.write('\r\n');
	await held.receives('503');
	const ended = new RawClient(t, port).write('PRI');
	ended.socket.end();
	t.is(await ended.closed, 'EOF');
	t.true((await receives(0)).toString().endsWith('PRI'), 'what was held is not lost');
});

test('a replica that speaks first: SETTINGS are kept for whoever will read them, anything else is no HTTP', async (t) => {
	const { port, until } = await keeping(t, Buffer.concat([settings, write.pingFrame(new Uint8Array(8))]));
	const client = new RawClient(t, port);
	while (client.bytes.length < settings.length + 17) await soon(2);
	client.write(Buffer.concat([preface, settings, requestOf(new HpackEncoder(), 1, 'r1')]));
	t.like((await until((events) => (events.length > 0 ? events : undefined)))[0], { kind: 'receipt', id: 'r1', stream: 1 });
	const other = await keeping(t, Buffer.from('220 mail ready\r\n'));
	const early = new RawClient(t, other.port);
	await early.receives('220 mail ready\r\n');
	t.like((await other.until((events) => (events.length > 0 ? events : undefined)))[0], { kind: 'opaque' });
});

test('lost step: said once, and every byte passes, in both directions', async (t) => {
	const chance = rng(5);
	const noise = (n: number): Buffer => Buffer.from(Array.from({ length: n }, () => Math.floor(chance.next() * 256)));
	const opening = Buffer.concat([preface, settings]);
	const hostile: Buffer[] = [
		Buffer.concat([preface, noise(3000)]),
		Buffer.concat([opening, write.frameHead(1, 4, 1, 3), Buffer.from([0xff, 0xff, 0xff]), noise(100)]),
		Buffer.concat([opening, write.frameBytes(9, 4, 1, noise(9))]),
		Buffer.concat([opening, write.frameHead(0, 0, 1, 2 ** 24 - 1), noise(20_000)]),
		Buffer.concat([opening, write.frameBytes(1, 0, 1, noise(5)), write.frameBytes(0, 0, 1, noise(5)), noise(50)]),
		Buffer.concat([opening, write.pushPromiseFrame(1, 2, noise(5)), noise(50)]),
	];
	for (const [i, bytes] of hostile.entries()) {
		const answer = Buffer.concat([settings, noise(2000)]);
		const { port, receives, until, tap } = await keeping(t, answer);
		// Holding heads back must not keep what is none.
		if (i % 2 === 0) tap.setFault(fault('error'));
		const client = new RawClient(t, port);
		for (let at = 0; at < bytes.length; at += 700) client.write(bytes.subarray(at, at + 700));
		t.deepEqual(await receives(bytes.length), bytes, `${i}`);
		while (client.bytes.length < answer.length) await soon(2);
		t.deepEqual(client.bytes, answer);
		const said = await until((events) => (events.length > 0 ? events : undefined));
		t.deepEqual(
			said.map((e) => e.kind),
			['opaque'],
		);
	}
});

test('lost step behind a consumed request: the connection is reset, as the two sides no longer speak of the same streams', async (t) => {
	const { port, tap, until } = await keeping(t, settings);
	tap.setFault(fault('error'));
	const client = new RawClient(t, port).write(Buffer.concat([preface, settings, requestOf(new HpackEncoder(), 1, 'r1')]));
	await until((events) => (events.some((e) => e.kind === 'response') ? true : undefined));
	client.write(write.frameBytes(9, 4, 1, new Uint8Array(3)));
	t.is(await client.closed, 'ECONNRESET');
	t.true((await until((events) => (events.some((e) => e.kind === 'opaque') ? events : undefined))).length > 0);
});

test('nothing of a consumed stream comes to the replica: neither priorities, credit, trailers nor what follows its end', async (t) => {
	const { port, tap, receives, until } = await keeping(t, settings);
	const encoder = new HpackEncoder();
	const opening = Buffer.concat([preface, settings]);
	tap.setFault(fault('drop', { methods: ['GET'] }));
	const client = new RawClient(t, port).write(Buffer.concat([opening, requestOf(encoder, 1, 'r1')]));
	await until((events) => (events.some((e) => e.kind === 'receipt') ? true : undefined));
	// Before the replica's SETTINGS nothing can be said.
	while (client.bytes.length < settings.length) await soon(2);
	tap.setFault(null);
	client.write(
		Buffer.concat([
			write.windowUpdateFrame(1, 5),
			write.priorityFrame(1, { dependsOn: 0, exclusive: false, weight: 3 }),
			write.dataFrame(1, new Uint8Array(50), true),
			write.rstStreamFrame(1, 8),
			write.frameBytes(99, 0, 1, new Uint8Array(4)),
			write.windowUpdateFrame(0, 7),
			requestOf(encoder, 3, 'r2'),
		]),
	);
	await until((events) => (events.filter((e) => e.kind === 'receipt').length === 2 ? true : undefined));
	const anew = write.headersFrame(
		3,
		new HpackEncoder({ tableSize: 0 }).encode(fields([':method', 'GET'], [':scheme', 'http'], [':path', '/x'], [':authority', 'a'], ['x-daruma-id', 'r2'])),
		{ endStream: true },
	);
	const expected = Buffer.concat([opening, write.windowUpdateFrame(0, 7), anew]);
	t.deepEqual(await receives(expected.length), expected);
	while (client.bytes.length < settings.length + 26) await soon(2);
	t.deepEqual(client.bytes, Buffer.concat([settings, write.rstStreamFrame(1, 2), write.windowUpdateFrame(0, 50)]));
});

test('an upgrade from HTTP/1 is opaque behind its 101, and passes', async (t) => {
	const answer = Buffer.concat([Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'), settings]);
	let got = Buffer.alloc(0);
	const replica = await rawServer(t, (socket) =>
		socket.on('data', (piece) => {
			if (got.length === 0) socket.write(answer);
			got = Buffer.concat([got, piece]);
		}),
	);
	const { port, until } = await tapBefore(t, replica);
	const request = get('r1', '/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n');
	const client = new RawClient(t, port).write(request);
	while (client.bytes.length < answer.length) await soon(2);
	const rest = Buffer.concat([preface, settings, requestOf(new HpackEncoder(), 3, 'r2')]);
	client.write(rest);
	while (got.length < request.length + rest.length) await soon(2);
	t.deepEqual(got.subarray(request.length), rest);
	t.deepEqual(client.bytes, answer);
	const events = await until((found) => (found.some((e) => e.kind === 'opaque') ? found : undefined));
	t.deepEqual(
		events.flatMap((e) => (e.kind === 'receipt' ? [e.id] : [])),
		['r1'],
	);
});

test('TLS is opaque', async (t) => {
	const { port, until } = await keeping(t);
	new RawClient(t, port).write(Buffer.from('16030100fa010000f60303', 'hex'));
	t.like((await until((events) => (events.length > 0 ? events : undefined)))[0], { kind: 'opaque' });
});
