import * as http2 from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { RequestPlan } from '../../../src/proxy/requests/plan.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import type { Frame } from '../../../src/wire/http2/frame.js';
import { FrameParser } from '../../../src/wire/http2/parser.js';
import { PREFACE } from '../../../src/wire/http2/preface.js';
import { dataFrame, frameBytes, goawayFrame, headersFrame, SETTINGS_ACK, settingsFrame, windowUpdateFrame } from '../../../src/wire/http2/writer.js';
import { fields } from '../../wire/hpack/random-fields.js';
import { type Answer, ask, between, listening, session } from './h2-stage.js';

const soon = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (true_: () => boolean): Promise<void> => {
	while (!true_()) await soon(2);
};
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const answer = (status: number, body = '', ...headers: [string, string][]): Partial<RequestPlan> => ({ answer: { status, headers, body: utf8(body) } });

interface Seen {
	path: string;
	headers: http2.IncomingHttpHeaders;
	received: number;
	/** Every body that is sent here is zeros. */
	others: number;
	ended: boolean;
	reset: number | null;
}
/** Answers with `x-length` bytes and a trailer once it has read everything; remembers what it saw. */
const upstream = async (t: ExecutionContext, settings: http2.Settings = {}): Promise<{ port: number; seen: Seen[]; sessions: http2.ServerHttp2Session[] }> => {
	const seen: Seen[] = [];
	const sessions: http2.ServerHttp2Session[] = [];
	const server = http2.createServer({ settings });
	t.teardown(() => {
		for (const s of sessions) s.destroy();
	});
	server.on('session', (s) => {
		sessions.push(s);
		s.on('error', () => {});
	});
	server.on('stream', (stream, headers) => {
		const one: Seen = { path: headers[':path'] ?? '', headers, received: 0, others: 0, ended: false, reset: null };
		seen.push(one);
		stream.on('error', () => {});
		stream.on('close', () => {
			one.reset = stream.rstCode ?? 0;
		});
		stream.on('data', (b: Buffer) => {
			one.received += b.length;
			one.others += b.filter((byte) => byte !== 0).length;
		});
		stream.on('end', () => {
			one.ended = true;
			if (stream.destroyed) return;
			stream.respond({ ':status': 200, 'x-from': 'upstream', 'x-old': 'old' }, { waitForTrailers: true });
			stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': 'yes' }));
			stream.end(Buffer.alloc(Number(headers['x-length'] ?? 0), 'u'));
		});
	});
	return { port: await listening(t, server), seen, sessions };
};

const setting = async (
	t: ExecutionContext,
	decide: (path: string, facts: { headers: readonly (readonly [string, string])[] }) => Partial<RequestPlan>,
	options: { cuts?: number; server?: http2.Settings; client?: http2.Settings; wantsBody?: boolean } = {},
) => {
	const up = await upstream(t, options.server);
	const stage = await between(t, up.port, {
		decide: (facts) => decide(facts.path, facts),
		...(options.wantsBody && { wantsBody: () => true }),
		...(options.cuts !== undefined && { cuts: options.cuts }),
	});
	const client = session(t, stage.port, { ...(options.client && { settings: options.client }) });
	return { ...up, stage, client };
};
/** The connection is as good as new: its windows are, too. */
const isSound = async (t: ExecutionContext, client: http2.ClientHttp2Session): Promise<void> => {
	const all = await Promise.all(
		Array.from({ length: 4 }, () => ask(client, { ':path': '/sound', ':method': 'POST', 'x-length': 200_000 }, { body: new Uint8Array(200_000) })),
	);
	for (const a of all) t.deepEqual([a.status, a.body === 'u'.repeat(200_000), a.trailers['x-trailer'], a.reset], [200, true, 'yes', 0]);
};

for (const cuts of [undefined, 3]) {
	const how = cuts === undefined ? '' : ', in cuts';
	test(`an answer made up: the upstream never sees the request${how}`, async (t) => {
		const { client, seen, stage } = await setting(
			t,
			(path) => (path.startsWith('/no') ? answer(503, 'busy', ['Retry-After', '3'], ['Connection', 'close']) : {}),
			{ ...(cuts && { cuts }) },
		);
		const [get, head, post, ok] = (await Promise.all([
			ask(client, { ':path': '/no' }),
			ask(client, { ':path': '/no', ':method': 'HEAD' }),
			ask(client, { ':path': '/no', ':method': 'POST' }, { body: new Uint8Array(500_000) }),
			ask(client, { ':path': '/yes', 'x-length': 5 }),
		])) as [Answer, Answer, Answer, Answer];
		for (const a of [get, post]) t.deepEqual([a.status, a.body, a.headers['retry-after'], a.headers['content-length'], a.reset], [503, 'busy', '3', '4', 0]);
		t.deepEqual([head.status, head.body, head.headers['content-length'], head.headers.connection], [503, '', '4', undefined]);
		t.deepEqual([ok.status, ok.body], [200, 'uuuuu']);
		t.deepEqual(
			seen.map((s) => s.path),
			['/yes'],
		);
		t.deepEqual(stage.facts.map((f) => f.path).sort(), ['/no', '/no', '/no', '/yes']);
		await isSound(t, client);
	});

	test(`many requests with bodies answered here leave the windows as they were${how}`, async (t) => {
		const { client, seen } = await setting(t, (path) => (path === '/no' ? answer(500, 'x'.repeat(20_000)) : {}), {
			...(cuts && { cuts }),
			client: { initialWindowSize: 9000 },
		});
		for (let n = 0; n < 5; n++) {
			const all = await Promise.all(
				Array.from({ length: 20 }, (_, k) =>
					ask(client, { ':path': k % 4 ? '/no' : '/yes', ':method': 'POST', 'x-length': 30_000 }, { body: new Uint8Array(40_000) }),
				),
			);
			for (const [k, a] of all.entries()) t.deepEqual([a.status, a.body.length, a.reset], k % 4 ? [500, 20_000, 0] : [200, 30_000, 0]);
		}
		t.is(seen.length, 25);
		await isSound(t, client);
	});

	test(`a gRPC answer is trailers-only, also for a stream whose client goes on${how}`, async (t) => {
		const plan: Partial<RequestPlan> = {
			answer: {
				status: 200,
				headers: [
					['content-type', 'application/grpc'],
					['grpc-status', '14'],
					['grpc-message', 'no'],
				],
				body: new Uint8Array(0),
			},
		};
		const { client, seen, stage } = await setting(t, () => plan, { ...(cuts && { cuts }) });
		const head = { ':path': '/pkg.Greeter/Hello', ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
		for (const endless of [false, true]) {
			const a = await ask(client, head, { body: 'abc', endless });
			t.deepEqual(
				[a.status, a.headers['grpc-status'], a.headers['grpc-message'], a.headers['content-length'], a.body, a.reset],
				[200, '14', 'no', undefined, '', 0],
			);
		}
		t.is(stage.facts[0]?.grpcMethod, 'pkg.Greeter/Hello');
		t.is(seen.length, 0);
	});

	test(`a delay holds one request back, not the others${how}`, async (t) => {
		const { client, seen, stage } = await setting(t, (path) => (path === '/late' ? { delayMs: 3_600_000 } : {}), { ...(cuts && { cuts }) });
		// Its body fills the connection's window.
		const late = ask(client, { ':path': '/late', ':method': 'POST', 'x-length': 70_000 }, { body: new Uint8Array(65_535) });
		await until(() => stage.facts.length === 1);
		const soonAll = await Promise.all(Array.from({ length: 5 }, () => ask(client, { ':path': '/soon', ':method': 'POST' }, { body: new Uint8Array(1000) })));
		for (const a of soonAll) t.is(a.status, 200);
		t.deepEqual(
			seen.map((s) => s.path),
			Array(5).fill('/soon'),
		);
		stage.pass(3_600_000);
		const a = await late;
		t.deepEqual([a.status, a.body.length, a.trailers['x-trailer']], [200, 70_000, 'yes']);
		t.like(
			seen.find((s) => s.path === '/late'),
			{ received: 65_535, others: 0 },
		);
		await isSound(t, client);
	});
}

test('a delayed request that is cancelled meanwhile never reaches the upstream, and a delayed answer comes in time', async (t) => {
	const { client, seen, stage } = await setting(t, (path) => (path === '/late' ? { delayMs: 60_000 } : path === '/no' ? { delayMs: 30, ...answer(500) } : {}));
	const started = performance.now();
	const stream = client.request({ ':path': '/late', ':method': 'POST' });
	stream.on('error', () => {});
	stream.write('abc');
	await ask(client, { ':path': '/yes' });
	stream.close(http2.constants.NGHTTP2_CANCEL);
	t.is((await ask(client, { ':path': '/no' })).status, 500);
	t.true(performance.now() - started >= 30);
	t.deepEqual(
		stage.facts.map((f) => f.path),
		['/late', '/yes', '/no'],
	);
	t.deepEqual(
		seen.map((s) => s.path),
		['/yes'],
	);
	await isSound(t, client);
});

test('more than a stream may carry at the upstream waits for its windows, even if it was sent before they were known', async (t) => {
	// The client sends 65 535 bytes before it hears that only 1000 are wanted.
	const { client, seen } = await setting(t, () => ({ delayMs: 40 }), { server: { initialWindowSize: 1000 } });
	const all = await Promise.all(
		Array.from({ length: 6 }, () => ask(client, { ':path': '/', ':method': 'POST', 'x-length': 100 }, { body: new Uint8Array(30_000) })),
	);
	for (const a of all) t.deepEqual([a.status, a.body.length, a.reset], [200, 100, 0]);
	t.true(seen.every((s) => s.received === 30_000 && s.others === 0));
	await isSound(t, client);
});

test('reset: read passes nothing on; passed, everything; the connection lives', async (t) => {
	const { client, seen } = await setting(t, (path) => (path === '/read' ? { reset: 'read' } : path === '/passed' ? { reset: 'passed' } : {}));
	const read = await ask(client, { ':path': '/read', ':method': 'POST' }, { body: new Uint8Array(100_000) });
	t.deepEqual([read.status, read.reset], [0, http2.constants.NGHTTP2_INTERNAL_ERROR]);
	t.is(seen.length, 0);
	const passed = await ask(client, { ':path': '/passed', ':method': 'POST', 'x-length': 300_000 }, { body: new Uint8Array(100_000) });
	t.deepEqual([passed.status, passed.reset], [0, http2.constants.NGHTTP2_INTERNAL_ERROR]);
	await until(() => seen[0]?.reset !== null && seen.length === 1);
	t.like(seen[0], { received: 100_000, others: 0, ended: true });
	await isSound(t, client);
});

test('hang: the upstream has it, the client hears nothing; its cancellation reaches the upstream', async (t) => {
	const { client, seen } = await setting(t, (path) => (path === '/hang' ? { hang: true } : {}));
	let heard = 0;
	const stream = client.request({ ':path': '/hang', ':method': 'POST', 'x-length': 1_000_000 });
	for (const event of ['response', 'data', 'end', 'trailers', 'close']) stream.on(event, () => heard++);
	stream.on('error', () => {});
	stream.write('abc');
	await ask(client, { ':path': '/other' });
	t.false(seen[0]?.ended);
	stream.end();
	await until(() => seen[0]?.ended === true && seen[0].reset !== null);
	await isSound(t, client);
	t.is(heard, 0);
	stream.close(http2.constants.NGHTTP2_CANCEL);
	const other = client.request({ ':path': '/hang', ':method': 'POST' });
	other.on('error', () => {});
	other.write('abc');
	await until(() => seen.at(-1)?.path === '/hang' && seen.at(-1)?.received === 3);
	other.close(http2.constants.NGHTTP2_CANCEL);
	await until(() => seen.at(-1)?.reset === http2.constants.NGHTTP2_CANCEL);
	await isSound(t, client);
});

for (const madeUp of [false, true]) {
	test(`truncate: so many bytes, then a reset; a ${madeUp ? 'made-up ' : ''}body that ends by then is whole`, async (t) => {
		const { client, seen } = await setting(t, (path, { headers }) =>
			path === '/sound'
				? {}
				: { truncateAt: Number(path.slice(1)), ...(madeUp && answer(200, 'u'.repeat(Number(headers.find(([n]) => n === 'x-length')?.[1])))) },
		);
		for (const [at, length] of [
			[0, 10],
			[9, 10],
			[100_000, 300_000],
			[10, 10],
			[11, 10],
			[0, 0],
		] as const) {
			const a = await ask(client, { ':path': `/${at}`, 'x-length': length });
			t.is(a.status, 200);
			if (at >= length) t.deepEqual([a.body.length, a.reset, a.trailers['x-trailer']], [length, 0, madeUp ? undefined : 'yes']);
			else {
				t.is(a.reset, http2.constants.NGHTTP2_INTERNAL_ERROR);
				t.true(a.body.length <= at);
			}
		}
		t.is(seen.length, madeUp ? 0 : 6);
		await isSound(t, client);
	});
}

test('headers of requests and responses change; trailers and 1xx do not', async (t) => {
	const { client, seen } = await setting(t, (path) =>
		path === '/no'
			? { ...answer(500, '', ['x-a', '1']), responseHeaders: { set: [['X-B', '2']], remove: ['x-a'] } }
			: {
					requestHeaders: {
						set: [
							['Host', 'other:1'],
							['X-Set', 'new'],
							['x-more', 'm'],
						],
						remove: ['x-gone'],
					},
					responseHeaders: {
						set: [
							['X-Old', 'new'],
							['x-trailer', 'head'],
						],
						remove: ['x-from', 'x-trailer'],
					},
				},
	);
	const a = await ask(client, { ':path': '/', ':authority': 'this:1', 'x-set': 'old', 'x-gone': 'x', 'x-kept': 'k' });
	const got = seen[0]?.headers as http2.IncomingHttpHeaders;
	t.deepEqual([got[':authority'], got.host, got['x-set'], got['x-more'], got['x-gone'], got['x-kept']], ['other:1', undefined, 'new', 'm', undefined, 'k']);
	t.deepEqual([a.headers['x-old'], a.headers['x-from'], a.headers['x-trailer'], a.trailers['x-trailer']], ['new', undefined, 'head', 'yes']);
	const b = await ask(client, { ':path': '/no' });
	t.deepEqual([b.status, b.headers['x-a'], b.headers['x-b']], [500, undefined, '2']);
});

test('the method of a JSON-RPC body is read where it is asked for, whatever the windows', async (t) => {
	const { client, seen, stage } = await setting(t, () => ({}), { wantsBody: true, server: { initialWindowSize: 500 }, cuts: 4 });
	const call = (method: string, fill: number): Buffer => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: ['p'.repeat(fill)] }));
	await ask(client, { ':path': '/', ':method': 'GET' });
	// Together they are more than any window.
	const all = await Promise.all(
		[...'abcdef'].map((m) => ask(client, { ':path': `/${m}`, ':method': 'POST', 'content-type': 'application/json' }, { body: call(m, 50_000) })),
	);
	for (const a of all) t.is(a.status, 200);
	t.deepEqual(
		stage.facts
			.slice(1)
			.map((f) => `${f.path} ${f.rpcMethods?.join()}`)
			.sort(),
		[...'abcdef'].map((m) => `/${m} ${m}`),
	);
	t.true(seen.slice(1).every((s) => s.received === call('a', 50_000).length));
	const long = await ask(client, { ':path': '/long', ':method': 'POST' }, { body: call('g', 200_000) });
	t.is(long.status, 200);
	t.deepEqual(stage.facts.at(-1)?.rpcMethods, undefined);
	t.is(seen.at(-1)?.received, call('g', 200_000).length);
	const streaming = await ask(client, { ':path': '/pkg.S/M', ':method': 'POST', 'content-type': 'application/grpc' }, { body: 'abc' });
	t.is(streaming.status, 200);
	await isSound(t, client);
});

test('a client that waits for 100 before its body hears one, and only one', async (t) => {
	const { client, seen } = await setting(t, (path) => (path === '/no' ? answer(500) : {}), { wantsBody: true });
	for (const [path, status] of [
		['/no', 500],
		['/yes', 200],
	] as const) {
		const stream = client.request({ ':path': path, ':method': 'POST', expect: '100-continue' });
		let continued = 0;
		stream.on('continue', () => {
			continued++;
			stream.end('body');
		});
		const got = await new Promise((resolve) => stream.on('response', (h) => resolve(h[':status'])));
		stream.resume();
		await new Promise((resolve) => stream.on('close', resolve));
		t.is(got, status);
		t.is(continued, 1);
	}
	t.deepEqual(
		seen.map((s) => `${s.path} ${s.received}`),
		['/yes 4'],
	);
});

// ---- byte by byte ------------------------------------------------------------------------------------------------

interface Raw {
	socket: Socket;
	frames: { kind: string; stream?: number; code?: number; data?: string; settings?: unknown; increment?: number; block?: number }[];
	bytes: () => Buffer;
	closed: boolean;
}
const raw = (t: ExecutionContext, socket: Socket, preface = false): Raw => {
	const parser = new FrameParser({ preface });
	let all = Buffer.alloc(0);
	const me: Raw = { socket, frames: [], bytes: () => all, closed: false };
	t.teardown(() => socket.destroy());
	socket.on('error', () => {});
	socket.on('end', () => {
		me.closed = true;
	});
	socket.on('close', () => {
		me.closed = true;
	});
	socket.on('data', (bytes) => {
		all = Buffer.concat([all, bytes]);
		for (let at = 0; at < bytes.length && !parser.lost; ) {
			at = parser.step(bytes, at, bytes.length);
			const f = parser.frame as Frame | null;
			if (!f) continue;
			const plain = { ...f } as Record<string, unknown>;
			for (const key of ['data', 'debug', 'payload']) if (plain[key]) plain[key] = Buffer.from(plain[key] as Uint8Array).toString('latin1');
			if ('block' in f) plain.block = f.block.length;
			me.frames.push(plain as never);
		}
	});
	return me;
};
const dial = (t: ExecutionContext, port: number): Raw => raw(t, connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
/** Peers that say exactly what a test wants, with nothing but the relay between them. */
const pair = async (t: ExecutionContext, decide?: () => Partial<RequestPlan>) => {
	const accepted: Raw[] = [];
	const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(raw(t, socket, true)));
	const stage = await between(t, await listening(t, server), { ...(decide && { decide }) });
	const client = dial(t, stage.port);
	await until(() => accepted.length === 1);
	return { client, server: accepted[0] as Raw, stage };
};
const REQUEST = fields([':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'a']);

test('what only begins like HTTP/2 is passed on as it is, both ways, and told', async (t) => {
	const { client, server, stage } = await pair(t);
	const nonsense = Buffer.concat([PREFACE, Buffer.from('this is no SETTINGS frame at all')]);
	client.socket.write(nonsense.subarray(0, 30));
	await soon(5);
	client.socket.write(nonsense.subarray(30));
	await until(() => server.bytes().length === nonsense.length);
	t.deepEqual(server.bytes(), nonsense);
	server.socket.write('neither is this');
	await until(() => client.bytes().length === 15);
	client.socket.write('more');
	await until(() => server.bytes().length === nonsense.length + 4);
	t.is(stage.opaque.length, 1);
});

test('an upstream that speaks first is heard as it is, even if that is cut in the middle of a frame', async (t) => {
	const { client, server } = await pair(t, () => ({}));
	const said = Buffer.concat([
		settingsFrame([
			[1, 8192],
			[3, 7],
			[4, 12345],
		]),
		windowUpdateFrame(0, 1000),
		frameBytes(99, 0, 0, new Uint8Array(20)),
	]);
	server.socket.write(said.subarray(0, 50));
	await until(() => client.bytes().length === 50);
	client.socket.write(
		Buffer.concat([
			PREFACE,
			settingsFrame([
				[1, 100],
				[4, 70_000],
			]),
		]),
	);
	await until(() => server.frames.length === 2);
	// Table sizes are each hop's own.
	t.deepEqual(server.frames[1], { kind: 'settings', ack: false, settings: [[4, 70_000]] } as never);
	server.socket.write(said.subarray(50));
	await until(() => client.bytes().length === said.length);
	t.deepEqual(client.bytes(), said);
	client.socket.write(SETTINGS_ACK);
	server.socket.write(SETTINGS_ACK);
	client.socket.write(headersFrame(1, new HpackEncoder({ tableSize: 8192 }).encode(REQUEST), { endStream: true }));
	await until(() => server.frames.length === 4);
	t.like(server.frames[3], { kind: 'headers', stream: 1, endStream: true });
});

test('an answer waits for the upstream’s SETTINGS, which every client must hear first', async (t) => {
	const { client, server } = await pair(t, () => answer(503));
	client.socket.write(Buffer.concat([PREFACE, settingsFrame([]), headersFrame(1, new HpackEncoder().encode(REQUEST), { endStream: true })]));
	await until(() => server.frames.length === 2);
	await soon(10);
	t.is(client.bytes().length, 0);
	server.socket.write(Buffer.concat([settingsFrame([]), SETTINGS_ACK]));
	await until(() => client.frames.length >= 3);
	t.deepEqual(client.frames.map((f) => f.kind).sort(), ['headers', 'settings', 'settings']);
	t.is(client.frames[0]?.kind, 'settings');
});

test('GOAWAY speaks of the streams as the client knows them; what waits is refused, so that it may be sent elsewhere', async (t) => {
	let n = 0;
	const plans: Partial<RequestPlan>[] = [{ delayMs: 60_000 }, {}, {}, answer(500), {}];
	const { client, server } = await opened(t, () => plans[n++] ?? {});
	const hpack = new HpackEncoder({ tableSize: 0 });
	const ask = (id: number): boolean => client.socket.write(headersFrame(id, hpack.encode(REQUEST), { endStream: true }));
	for (const id of [1, 3, 5, 7, 9]) ask(id);
	await until(() => server.frames.length === 6);
	// 1 waits, 7 was answered; 3, 5 and 9 are 1, 3 and 5 there.
	t.deepEqual(
		server.frames.slice(3).map((f) => f.stream),
		[1, 3, 5],
	);
	server.socket.write(Buffer.concat([goawayFrame(2 ** 31 - 1, 0), goawayFrame(3, 0, Buffer.from('bye'))]));
	await until(() => client.frames.filter((f) => f.kind === 'goaway').length === 2);
	t.like(
		client.frames.find((f) => f.kind === 'goaway'),
		{ last: 2 ** 31 - 1 } as never,
	);
	t.like(
		client.frames.findLast((f) => f.kind === 'goaway'),
		{ last: 5, code: 0, debug: 'bye' } as never,
	);
	t.deepEqual(
		client.frames.filter((f) => f.kind === 'rstStream'),
		[{ kind: 'rstStream', stream: 1, code: 7 }] as never,
	);
	ask(11);
	await until(() => client.frames.filter((f) => f.kind === 'rstStream').length === 2);
	t.like(
		client.frames.findLast((f) => f.kind === 'rstStream'),
		{ stream: 11, code: 7 },
	);
	t.is(server.frames.length, 6);
});

const opened = async (t: ExecutionContext, decide?: () => Partial<RequestPlan>) => {
	const both = await pair(t, decide);
	both.server.socket.write(Buffer.concat([settingsFrame([]), SETTINGS_ACK]));
	both.client.socket.write(Buffer.concat([PREFACE, settingsFrame([]), SETTINGS_ACK]));
	await until(() => both.client.frames.length >= 2 && both.server.frames.length >= 3);
	return both;
};
for (const [who, what, bytes, code] of [
	['client', 'a broken block', headersFrame(1, Uint8Array.of(0x80)), 9],
	['client', 'a frame that is too large', frameBytes(0, 0, 1, new Uint8Array(16_385)), 6],
	['client', 'DATA of an idle stream', dataFrame(7, new Uint8Array(1)), 1],
	['client', 'a push', frameBytes(5, 4, 1, new Uint8Array(4)), 1],
	['client', 'an even stream', headersFrame(2, new HpackEncoder().encode(REQUEST)), 1],
	['client', 'a window without bounds', windowUpdateFrame(0, 2 ** 31 - 1), 3],
	['client', 'an empty window update', windowUpdateFrame(0, 0), 1],
	[
		'client',
		'a flood of CONTINUATION',
		Buffer.concat([frameBytes(1, 0, 1, new Uint8Array(0)), ...Array.from({ length: 40_000 }, () => frameBytes(9, 0, 1, new Uint8Array(0)))]),
		11,
	],
	['client', 'a flood of SETTINGS', Buffer.concat(Array.from({ length: 1100 }, () => settingsFrame([]))), 11],
	['server', 'a broken block', headersFrame(1, Uint8Array.of(0x80)), 9],
	['server', 'HEADERS of an idle stream', headersFrame(1, new HpackEncoder().encode(fields([':status', '200']))), 1],
	['server', 'a promise of an odd stream', frameBytes(5, 4, 1, Uint8Array.of(0, 0, 0, 3)), 1],
] as const) {
	test(`a ${who} that sends ${what} ends the connection with GOAWAY on both sides`, async (t) => {
		const both = await opened(t);
		both[who].socket.write(bytes);
		await until(() => both.client.closed && both.server.closed);
		t.like(both[who].frames.at(-1), { kind: 'goaway', code });
		t.like(both[who === 'client' ? 'server' : 'client'].frames.at(-1), { kind: 'goaway', code: who === 'client' ? 0 : 2 });
		t.is(both.stage.opaque.length, 1);
		t.regex(both.stage.opaque[0] ?? '', new RegExp(`of the ${who === 'client' ? 'client' : 'upstream'}: closed with GOAWAY`));
	});
}

test('padding is credited at once, and frames of extensions pass with the right numbers', async (t) => {
	let first = true;
	const { client, server } = await opened(t, () => {
		const plan = first ? answer(500) : {};
		first = false;
		return plan;
	});
	const hpack = new HpackEncoder({ tableSize: 0 });
	client.socket.write(headersFrame(1, hpack.encode(REQUEST), { endStream: true }));
	client.socket.write(headersFrame(3, hpack.encode(REQUEST)));
	client.socket.write(frameBytes(0, 8, 3, Uint8Array.of(4, 65, 66, 0, 0, 0, 0)));
	// PRIORITY_UPDATE of stream 3, of stream 1 which the upstream never saw; and unknown frames of both.
	client.socket.write(frameBytes(0x10, 0, 0, Uint8Array.of(0, 0, 0, 3, 117, 61, 49)));
	client.socket.write(frameBytes(0x10, 0, 0, Uint8Array.of(0, 0, 0, 1, 117, 61, 49)));
	client.socket.write(frameBytes(0x77, 1, 1, Uint8Array.of(1)));
	client.socket.write(frameBytes(0x77, 1, 3, Uint8Array.of(2)));
	await until(() => server.frames.length >= 7);
	t.deepEqual(
		server.frames.slice(3).map((f) => `${f.kind} ${f.stream} ${f.data ?? ''}`),
		['headers 1 ', 'data 1 AB', 'unknown 0 ', 'unknown 1 '],
	);
	t.is((server.frames[5] as { payload?: string }).payload, '\0\0\0\x01u=1');
	await until(() => client.frames.filter((f) => f.kind === 'windowUpdate').length === 2);
	t.deepEqual(
		client.frames
			.filter((f) => f.kind === 'windowUpdate')
			.map((f) => [f.stream, f.increment])
			.sort(),
		[
			[0, 5],
			[3, 5],
		],
	);
});

test('a client that asks and asks, and never listens, is made to wait', async (t) => {
	const { client, stage } = await opened(t, () => answer(503, 'b'.repeat(500)));
	client.socket.pause();
	const hpack = new HpackEncoder({ tableSize: 0 });
	let stream = 1;
	const answered = (): number => stage.facts.length;
	for (let before = -1; before < answered() || stream < 20_000; ) {
		before = answered();
		const batch: Uint8Array[] = [windowUpdateFrame(0, 500_000)];
		for (let k = 0; k < 1000; k++, stream += 2) batch.push(headersFrame(stream, hpack.encode(REQUEST), { endStream: true }));
		client.socket.write(Buffer.concat(batch));
		for (let wait = 0; wait < 100 && answered() === before; wait++) await soon(5);
	}
	t.true(answered() < (stream - 1) / 2);
	t.true((stage.conversations[0]?.excess ?? 0) > 0);
	t.true((stage.conversations[0]?.excess ?? 0) < 2_000_000);
	const asked = (stream - 1) / 2;
	client.socket.resume();
	await until(() => client.frames.filter((f) => f.kind === 'headers').length === asked);
	t.pass();
});

test('goaway of a client passes', async (t) => {
	const { client, server } = await opened(t);
	client.socket.write(goawayFrame(0, 0, Buffer.from('bye')));
	await until(() => server.frames.length >= 4);
	t.like(server.frames[3], { kind: 'goaway', last: 0, code: 0, debug: 'bye' } as never);
});
