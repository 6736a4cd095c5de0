import type { Socket } from 'node:net';
import * as net from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { parseTarget } from '../../src/model/target.js';
import { freePort } from '../../src/platform/ports.js';
import { loadProbe, openProber } from '../../src/probes/index.js';
import type { Answer } from '../../src/probes/probe.js';
import { selfSigned } from '../../src/proxy/tls-certificate.js';
import { HpackEncoder } from '../../src/wire/hpack/encoder.js';
import { FRAME } from '../../src/wire/http2/frame.js';
import {
	dataFrame,
	frameBytes,
	goawayFrame,
	headersFrame,
	pingFrame,
	rstStreamFrame,
	SETTINGS_ACK,
	settingsFrame,
	windowUpdateFrame,
} from '../../src/wire/http2/writer.js';
import { ask, askAll, clock, raw } from './ask.js';
import { answer, framed, healthServer, http2Server, serving } from './grpc-server.js';

const brief = ({ verdict, reason, status, detail }: Answer) => [verdict, reason, status, detail];
const url = (port: number, rest = '') => `grpc://127.0.0.1:${port}${rest}`;

test('Check: every serving status, kept and fresh', async (t) => {
	const server = await healthServer(t);
	server.set('down', 2);
	server.set('new', 0);
	server.set('a/b c', 1);
	const answers = await askAll(url(server.port), { times: 3 });
	t.deepEqual(
		answers.map((a) => [a.verdict, a.status, a.fresh]),
		[
			['ok', 0, true],
			['ok', 0, false],
			['ok', 0, false],
		],
	);
	const [first, second] = answers as [Answer, Answer];
	t.true((first.phases.connect as number) > 0 && (first.phases.firstByte as number) > 0 && first.address === '127.0.0.1');
	t.deepEqual([second.phases.connect, second.phases.dns], [null, null]);
	t.true(second.bytes.sent > 50 && second.bytes.received > 10 && second.endMs > second.sentMs);
	t.deepEqual(
		(await askAll(url(server.port), { times: 2, fresh: true })).map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', true],
		],
	);
	t.deepEqual(brief(await ask(url(server.port, '/down'))), ['failed', 'not-serving', 0, 'NOT_SERVING']);
	t.deepEqual(brief(await ask(url(server.port, '/new'))), ['failed', 'not-serving', 0, 'UNKNOWN']);
	t.deepEqual(brief(await ask(url(server.port, '/a%2Fb%20c'))), ['ok', undefined, 0, undefined]);
	t.deepEqual(brief(await ask(url(server.port, '/nobody'))), ['failed', 'unknown-service', 5, 'NOT_FOUND: unknown service ü']);
	t.deepEqual(brief(await ask(url(server.port), { more: { service: 'down' } })), ['failed', 'not-serving', 0, 'NOT_SERVING']);
});

test('metadata, and what cannot be asked', async (t) => {
	const server = await healthServer(t);
	t.is((await ask(`grpc://a:b@127.0.0.1:${server.port}`, { headers: { 'X-One': 'two' } })).verdict, 'ok');
	t.is(server.seen['x-one'], 'two');
	t.is(server.seen.authorization, `Basic ${Buffer.from('a:b').toString('base64')}`);
	for (const headers of [{ 'a b': 'c' }, { te: 'x' }, { ':path': '/' }, { 'grpc-timeout': '1S' }, { a: 'é' }])
		await t.throwsAsync(ask(url(1), { headers: headers as unknown as Record<string, string> }), { code: 'E_FLAG' });
	for (const query of [
		'method=x',
		'method=a.B/C&watch=1',
		'data=hex:00',
		'method=a.B/C&data=hex:0',
		'method=a.B/C&data=x',
		'method=a.B/C&code=NONE',
		'authority=a b',
	])
		await t.throwsAsync(ask(url(1, `?${query}`)), { code: 'E_FLAG' }, query);
	await t.throwsAsync(ask(url(1, '/%zz')), { code: 'E_TARGET' });
});

test('a method of the user', async (t) => {
	const { port } = await healthServer(t);
	const say = (query: string) => ask(url(port, `?method=test.Echo/Say${query}`), { keepBody: true });
	const echoed = await say('&data=hex:0a 0b');
	t.deepEqual([echoed.verdict, Buffer.from(echoed.body as Uint8Array).toString('hex')], ['ok', '0a0b']);
	t.is(echoed.headers?.['content-type'], 'application/grpc+proto');
	t.is(Buffer.from((await say('&data=base64:aGkh')).body as Uint8Array).toString(), 'hi!');
	t.is((await say('')).verdict, 'ok');
	t.deepEqual(brief(await say('&data=base64:bm8=')), ['failed', 'status', 7, 'PERMISSION_DENIED: 100% no']);
	t.deepEqual(brief(await say('&data=base64:bm8=&code=OK,permission_denied')), ['ok', undefined, 7, undefined]);
	t.deepEqual(brief(await say('&code=7')), ['failed', 'status', 0, 'OK']);
	t.like(await ask(url(port, '?method=no.Where/To')), { verdict: 'failed', reason: 'status', status: 12 });
	// More than a window and than a frame.
	const long = await say(`&data=hex:${'61'.repeat(65_000)}`);
	t.deepEqual([long.verdict, long.body?.length], ['ok', 65_000]);
});

test('Watch: the first message, each change, and a service that comes later', async (t) => {
	const server = await healthServer(t);
	const heard: Answer[] = [];
	const prober = openProber(await loadProbe('grpc'), parseTarget(url(server.port, '/x?watch=1')), { clock, keepBody: false, maxBody: 1000 }, (a) => {
		heard.push(a);
		next();
	});
	t.teardown(() => prober.close());
	let next = (): void => {};
	const once = (fresh = false): Promise<Answer> =>
		new Promise((resolve) => {
			next = () => resolve(heard.at(-1) as Answer);
			prober.ask(fresh);
		});
	t.deepEqual(brief(await once()), ['failed', 'unknown-service', undefined, 'SERVICE_UNKNOWN']);
	for (const [state, verdict, reason] of [
		[1, 'ok', undefined],
		[2, 'failed', 'not-serving'],
		[1, 'ok', undefined],
	] as const) {
		server.set('x', state);
		const found = await once();
		t.deepEqual([found.verdict, found.reason, found.fresh], [verdict, reason, false]);
	}
	t.is(server.watchers(), 1);
	t.deepEqual([(await once(true)).fresh, heard.length], [true, 5]);
	prober.close();
});

test('Watch: a server without it counts as healthy, one that ends it does not', async (t) => {
	const none = await healthServer(t, { watch: false });
	for (const found of await askAll(url(none.port, '?watch=1'), { times: 3 })) t.deepEqual([found.verdict, found.detail?.slice(0, 13)], ['ok', 'UNIMPLEMENTED']);
	const ends = await http2Server(t, (stream) => answer(stream, serving(1), { 'grpc-status': '14', 'grpc-message': 'bye' }));
	const [first, second] = await askAll(url(ends, '?watch=1'), { times: 2 });
	t.is(first?.verdict, 'ok');
	t.true(second?.verdict === 'ok' || second?.status === 14);
	const silent = await http2Server(t, (stream) => stream.respond({ ':status': 200, 'content-type': 'application/grpc' }));
	t.is((await ask(url(silent, '?watch=1'), { timeoutMs: 2000 })).reason, 'body-timeout');
});

test('Watch: silence is not taken for "no change"', async (t) => {
	const sockets: Socket[] = [];
	const server = await healthServer(t);
	const port = await raw(t, (socket) => {
		const up = net.connect(server.port, '127.0.0.1').on('error', () => {});
		sockets.push(socket, up);
		socket.pipe(up).pipe(socket);
		socket.on('close', () => up.destroy());
	});
	const heard: Answer[] = [];
	let next = (): void => {};
	const prober = openProber(await loadProbe('grpc'), parseTarget(url(port, '?watch=1')), { clock, keepBody: false, maxBody: 1000 }, (a) => {
		heard.push(a);
		next();
	});
	t.teardown(() => prober.close());
	const once = (timeoutMs: number): Promise<Answer> =>
		new Promise((resolve) => {
			const timer = setTimeout(() => prober.abandon(), timeoutMs);
			next = () => {
				clearTimeout(timer);
				resolve(heard.at(-1) as Answer);
			};
			prober.ask(false);
		});
	t.is((await once(10_000)).verdict, 'ok');
	for (const socket of sockets) socket.unpipe().pause();
	t.is((await once(100)).reason, 'answer-timeout');
	t.deepEqual(brief(await once(10_000)), ['ok', undefined, undefined, undefined]);
});

test('multiplexed: one connection for all, fresh ones apart, and the last one out closes it', async (t) => {
	const server = await healthServer(t, { delayMs: 5 });
	server.set('b', 2);
	let connections = 0;
	const port = await raw(t, (socket) => {
		connections++;
		const up = net.connect(server.port, '127.0.0.1').on('error', () => socket.destroy());
		socket.pipe(up).pipe(socket);
		socket.on('close', () => up.destroy());
	});
	const many = await Promise.all(Array.from({ length: 20 }, (_, i) => askAll(url(port, `/${i % 2 ? 'b' : ''}?multiplex=1`), { times: 5 })));
	t.is(connections, 1);
	for (const [i, answers] of many.entries()) for (const each of answers) t.is(each.reason, i % 2 ? 'not-serving' : undefined);
	await askAll(url(port, '?multiplex=1'), { times: 2, fresh: true });
	t.is(connections, 3);
});

test('multiplexed: a slow service does not hold up, nor end, the others', async (t) => {
	const port = await http2Server(t, (stream) => {
		stream.once('data', (data: Buffer) => {
			if (!data.includes('slow')) answer(stream, serving(1));
		});
	});
	const slow = askAll(url(port, '/slow?multiplex=1'), { times: 2, timeoutMs: 150 });
	const quick = await askAll(url(port, '/x?multiplex=1'), { times: 20 });
	for (const each of quick) t.is(each.verdict, 'ok');
	for (const each of await slow) t.is(each.reason, 'answer-timeout');
});

test('a limit of one stream at a time', async (t) => {
	let most = 0;
	let now = 0;
	const port = await http2Server(
		t,
		(stream) => {
			most = Math.max(most, ++now);
			stream.on('close', () => now--);
			answer(stream, serving(1));
		},
		{ maxConcurrentStreams: 1 },
	);
	// The first on the connection may go before the server's settings are known.
	await ask(url(port, '?multiplex=1'));
	const all = await Promise.all(Array.from({ length: 8 }, () => askAll(url(port, '?multiplex=1'), { times: 4 })));
	for (const each of all.flat()) t.is(each.verdict, 'ok', JSON.stringify(each));
	t.true(most <= 8);
});

test('GOAWAY: what it refused goes elsewhere, and the next question too', async (t) => {
	let sessions = 0;
	const port = await http2Server(t, (stream) => {
		const { session } = stream;
		if (session && !('seen' in session)) {
			sessions++;
			Object.assign(session, { seen: true });
		}
		answer(stream, serving(1));
		stream.on('close', () => session?.goaway(0));
	});
	const answers = await askAll(url(port), { times: 4 });
	for (const each of answers) t.is(each.verdict, 'ok', JSON.stringify(each));
	t.true(sessions >= 2);
});

test('every failure has its own reason', async (t) => {
	const reply = async (serve: Parameters<typeof http2Server>[1], timeoutMs = 10_000) => {
		const { verdict, reason, status } = await ask(url(await http2Server(t, serve)), { timeoutMs, maxBody: 1000 });
		t.is(verdict, 'failed');
		return [reason, status];
	};
	t.is((await ask(url(await freePort()))).reason, 'refused');
	t.deepEqual(await reply((s) => s.respond({ ':status': 503 }, { endStream: true })), ['status', 503]);
	t.deepEqual(await reply((s) => s.respond({ ':status': 200, 'content-type': 'text/html' })), ['protocol', undefined]);
	t.deepEqual(await reply((s) => s.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true })), ['status', 12]);
	t.deepEqual(await reply((s) => s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { endStream: true })), ['protocol', undefined]);
	t.deepEqual(await reply((s) => answer(s, serving(1), {})), ['protocol', undefined]);
	t.deepEqual(await reply((s) => answer(s, serving(1), { 'grpc-status': 'x' })), ['protocol', undefined]);
	t.deepEqual(await reply((s) => answer(s, Buffer.from([0xff]))), ['protocol', 0]);
	t.deepEqual(await reply((s) => answer(s, new Uint8Array(2000))), ['too-large', undefined]);
	t.deepEqual(await reply((s) => s.close(8)), ['reset', undefined]);
	t.deepEqual(await reply((s) => s.session?.destroy()), ['closed', undefined]);
	t.deepEqual(await reply(() => {}, 80), ['answer-timeout', undefined]);
	t.deepEqual(await reply((s) => s.respond({ ':status': 200, 'content-type': 'application/grpc' }), 80), ['body-timeout', undefined]);
	const twice = (s: Parameters<Parameters<typeof http2Server>[1]>[0]) => {
		s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
		s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
		s.end(Buffer.concat([framed(serving(1)), framed(serving(1))]));
	};
	t.deepEqual(await reply(twice), ['protocol', undefined]);
	const squeezed = (s: Parameters<Parameters<typeof http2Server>[1]>[0]) => {
		s.respond({ ':status': 200, 'content-type': 'application/grpc' });
		s.write(framed(serving(1), 1));
	};
	t.deepEqual(await reply(squeezed), ['protocol', undefined]);
	t.is((await ask(url(await raw(t, (s) => s.end('HTTP/1.1 400 Bad Request\r\n\r\n'))))).reason, 'protocol');
});

test('TLS: by ALPN, with the trust that was given', async (t) => {
	const { cert, key } = selfSigned(['localhost']);
	const server = await healthServer(t, { credentials: ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }]) });
	const found = await ask(`grpcs://localhost:${server.port}`, { tls: { ca: cert } });
	t.deepEqual(brief(found), ['ok', undefined, 0, undefined]);
	t.true((found.phases.tls as number) > 0 && (found.certDays as number) > 0);
	t.is((await ask(`grpcs://localhost:${server.port}`)).reason, 'tls-untrusted');
	t.is((await ask(`grpcs://localhost:${server.port}`, { tls: { insecure: true } })).verdict, 'ok');
	t.is((await ask(`grpcs://localhost:${server.port}`, { tls: { ca: cert, warnDays: 100_000 } })).verdict, 'warning');
});

const block = (fields: Record<string, string>): Uint8Array => new HpackEncoder().encode(Object.entries(fields).map(([name, value]) => ({ name, value })));
const GOOD_HEAD = headersFrame(1, block({ ':status': '200', 'content-type': 'application/grpc' }));
const GOOD = Buffer.concat([settingsFrame([]), GOOD_HEAD, dataFrame(1, framed(serving(1)))]);
const forever = (socket: Socket, start: Uint8Array, more: Uint8Array): void => {
	socket.write(start);
	const lot = Buffer.concat(Array.from({ length: Math.ceil(65_536 / more.length) }, () => more));
	const go = (): void => {
		while (!socket.destroyed && socket.write(lot));
	};
	socket.on('drain', go);
	go();
};
const VILLAINS: Record<string, (socket: Socket) => void> = {
	'says nothing': () => {},
	'closes at once': (s) => s.destroy(),
	'resets at once': (s) => s.resetAndDestroy(),
	'talks HTTP/1': (s) => s.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
	'talks garbage': (s) => s.write(Buffer.alloc(100_000, 0xa5)),
	'greets and is silent': (s) => s.write(settingsFrame([])),
	'floods PING': (s) => forever(s, settingsFrame([]), pingFrame(new Uint8Array(8))),
	'floods PING and reads nothing': (s) => forever(s.pause(), settingsFrame([]), pingFrame(new Uint8Array(8))),
	'floods SETTINGS': (s) => forever(s, settingsFrame([]), settingsFrame([[3, 100]])),
	'floods acknowledgements': (s) => forever(s, settingsFrame([]), SETTINGS_ACK),
	'floods WINDOW_UPDATE': (s) => forever(s, settingsFrame([]), windowUpdateFrame(0, 1)),
	'floods unknown frames': (s) => forever(s, settingsFrame([]), frameBytes(99, 0, 0, new Uint8Array(100))),
	'floods interim heads': (s) => forever(s, settingsFrame([]), headersFrame(1, block({ ':status': '103' }))),
	'floods heads': (s) => forever(s, settingsFrame([]), GOOD_HEAD),
	'floods trailers that do not end': (s) => forever(s, Buffer.concat([settingsFrame([]), GOOD_HEAD]), headersFrame(1, new Uint8Array([0x88]))),
	'floods empty DATA': (s) => forever(s, Buffer.concat([settingsFrame([]), GOOD_HEAD]), dataFrame(1, new Uint8Array(0))),
	'floods DATA of a stream that has ended': (s) => forever(s, Buffer.concat([settingsFrame([]), rstStreamFrame(1, 2)]), dataFrame(1, new Uint8Array(1000))),
	'never ends a message': (s) =>
		forever(s, Buffer.concat([settingsFrame([]), GOOD_HEAD, dataFrame(1, Buffer.from([0, 0, 0, 0, 0]))]), dataFrame(1, new Uint8Array(1000))),
	'announces four gigabytes': (s) => s.write(Buffer.concat([settingsFrame([]), GOOD_HEAD, dataFrame(1, Buffer.from([0, 255, 255, 255, 255, 1]))])),
	'never ends a head': (s) =>
		forever(
			s,
			Buffer.concat([settingsFrame([]), frameBytes(FRAME.headers, 0, 1, new Uint8Array(10))]),
			frameBytes(FRAME.continuation, 0, 1, new Uint8Array(1000).fill(0x88)),
		),
	'makes a bomb of its head': (s) =>
		s.write(Buffer.concat([settingsFrame([]), headersFrame(1, Buffer.concat([block({ 'x-long': 'x'.repeat(3000) }), Buffer.alloc(16_000, 0xbe)]))])),
	'sends a head that cannot be read': (s) => s.write(Buffer.concat([settingsFrame([]), headersFrame(1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))])),
	'answers a stream that nobody opened': (s) => s.write(Buffer.concat([settingsFrame([]), headersFrame(7, block({ ':status': '200' }))])),
	'answers a stream of its own': (s) => s.write(Buffer.concat([settingsFrame([]), headersFrame(2, block({ ':status': '200' }))])),
	pushes: (s) => s.write(Buffer.concat([settingsFrame([]), frameBytes(FRAME.pushPromise, 4, 1, Buffer.from([0, 0, 0, 2, 0x88]))])),
	'sends DATA before a head': (s) => s.write(Buffer.concat([settingsFrame([]), dataFrame(1, framed(serving(1)))])),
	'always refuses': (s) => s.on('data', () => s.write(Buffer.concat([settingsFrame([]), goawayFrame(0, 11, Buffer.from('too_many_pings\n'))]))),
	'always refuses the stream': (s) => s.on('data', () => s.write(Buffer.concat([settingsFrame([]), rstStreamFrame(1, 7)]))),
	'lets no stream begin': (s) =>
		s.write(
			settingsFrame([
				[3, 0],
				[4, 0],
			]),
		),
	'ends without trailers': (s) => s.write(Buffer.concat([GOOD, dataFrame(1, new Uint8Array(0), true)])),
	'overflows a window': (s) => s.write(Buffer.concat([settingsFrame([]), windowUpdateFrame(0, 2 ** 31 - 1), windowUpdateFrame(0, 2 ** 31 - 1)])),
	'adds nothing to a window': (s) => s.write(Buffer.concat([settingsFrame([]), windowUpdateFrame(1, 0)])),
};

for (const [name, serve] of Object.entries(VILLAINS)) {
	test.serial(`an endpoint that ${name}`, async (t) => {
		const port = await raw(t, (socket) => {
			socket.on('error', () => {});
			serve(socket);
		});
		for (const query of ['', '?watch=1', '?multiplex=1']) {
			const began = performance.now();
			for (const each of await askAll(url(port, query), { times: 2, timeoutMs: 250 })) {
				const held = query === '?watch=1' && name === 'ends without trailers';
				if (!held) t.is(each.verdict, 'failed', `${query} ${JSON.stringify(each)}`);
				t.not(each.reason, 'local');
				t.true((each.detail ?? '').length <= 200 && !/[\r\n\0]/.test(each.detail ?? ''), each.detail);
			}
			t.true(performance.now() - began < 10_000);
		}
	});
}

test.serial('cut or reset at any byte, and in single bytes', async (t) => {
	const end = headersFrame(1, block({ 'grpc-status': '0' }), { endStream: true });
	const whole = Buffer.concat([GOOD, end]);
	for (let n = 0; n < whole.length; n += 3) {
		for (const finish of [(s: Socket) => s.end(), (s: Socket) => s.resetAndDestroy()]) {
			const port = await raw(t, (s) => s.once('data', () => s.write(whole.subarray(0, n), () => finish(s))));
			const found = await ask(url(port));
			t.is(found.verdict, 'failed', `${n}`);
			t.true(['closed', 'reset'].includes(found.reason as string), `${n} ${found.reason}`);
		}
	}
	const port = await raw(t, (s) => {
		s.setNoDelay().once('data', async () => {
			for (const byte of whole) {
				s.write(Buffer.from([byte]));
				await new Promise((resolve) => setImmediate(resolve));
			}
		});
	});
	t.is((await ask(url(port))).verdict, 'ok');
});

test.serial('random frames end no process, and are no health', async (t) => {
	const random = rng(11);
	const below = (n: number) => Math.floor(random.next() * n);
	for (let n = 0; n < 60; n++) {
		const frames: Uint8Array[] = [settingsFrame([])];
		for (let i = below(12); i > 0; i--) {
			const payload = Uint8Array.from({ length: below(40) }, () => below(256));
			frames.push(frameBytes(below(11), below(256), [0, 1, 1, 1, 3][below(5)] as number, payload));
		}
		const port = await raw(t, (s) => s.once('data', () => s.end(Buffer.concat(frames))));
		t.is((await ask(url(port), { timeoutMs: 2000 })).verdict, 'failed');
	}
});

test.serial('floods grow no memory', async (t) => {
	const head = Buffer.concat([settingsFrame([]), GOOD_HEAD]);
	const port = await raw(t, (s) => {
		s.on('error', () => {});
		forever(s, head, dataFrame(1, framed(new Uint8Array(900))));
	});
	const before = process.memoryUsage().rss;
	for (let n = 0; n < 40; n++) t.is((await ask(url(port, n % 2 ? '?watch=1' : ''), { maxBody: 1e6, timeoutMs: 300 })).verdict, 'failed');
	t.true(process.memoryUsage().rss - before < 150e6);
});
