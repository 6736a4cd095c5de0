import { createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcp, type Socket } from 'node:net';
import { Server, ServerCredentials, type ServiceDefinition, status as STATUS } from '@grpc/grpc-js';
import test from 'ava';
import type { Endpoint } from '../../src/model/endpoint.js';
import { freePort } from '../../src/platform/ports.js';
import { openGrpcSender } from '../../src/traffic/grpc-send.js';
import type { HttpRequest, Sender, SendResult } from '../../src/traffic/send.js';
import { grpcMessage } from '../../src/wire/grpc.js';
import { until } from './servers.js';

type T = { teardown(fn: () => void): void };

const request = (more: Partial<HttpRequest> = {}, previousAttempts = 0): HttpRequest => ({
	method: 'POST',
	path: '/a.B/C',
	headers: { 'x-daruma-id': 'r1' },
	body: null,
	grpc: { message: grpcMessage(Buffer.from('hello')), timeoutMs: 2500, previousAttempts },
	...more,
});

const openFor = (t: T, connections: 'pooled' | 'fresh' = 'pooled'): Sender => {
	const sender = openGrpcSender(connections);
	t.teardown(() => void sender.close());
	return sender;
};

const ask = (sender: Sender, to: Endpoint, what = request()): Promise<SendResult> => new Promise((resolve) => void sender.send(to, what, resolve));

interface Raw extends Endpoint {
	sessions: number;
	open: Set<Http2Session>;
	sockets: Set<Socket>;
}

/** node:http2 as a server: what it answers, or does not, is the test's. */
const raw = async (
	t: T,
	serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
	settings: { maxConcurrentStreams?: number } = {},
): Promise<Raw> => {
	const server = createServer({ settings });
	const port = await freePort();
	const found: Raw = { name: 'n1', host: '127.0.0.1', port, sessions: 0, open: new Set(), sockets: new Set() };
	server.on('connection', (socket: Socket) => found.sockets.add(socket));
	server.on('session', (session) => {
		found.sessions += 1;
		found.open.add(session.on('error', () => {}));
		session.once('close', () => found.open.delete(session));
	});
	server.on('sessionError', () => {});
	server.on('stream', (stream, headers) => {
		stream.on('error', () => {}).resume();
		serve(stream, headers);
	});
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	t.teardown(() => {
		server.close();
		for (const socket of found.sockets) socket.destroy();
	});
	return found;
};

const say = (stream: ServerHttp2Stream, code: number): void => {
	stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
	stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': `${code}` }));
	stream.end(grpcMessage(Buffer.from('x')));
};

test("grpc-js's server: the message arrives as it is, codes come in trailers or in the head alone, deadline and metadata are there", async (t) => {
	const bytes = (value: Buffer): Buffer => value;
	const rpc = {
		path: '/a.B/C',
		requestStream: false,
		responseStream: false,
		requestSerialize: bytes,
		requestDeserialize: bytes,
		responseSerialize: bytes,
		responseDeserialize: bytes,
	};
	const server = new Server();
	const heard: { text: string; id: unknown; leftMs: number; previous: unknown }[] = [];
	server.addService({ C: rpc } as unknown as ServiceDefinition, {
		C: (
			call: { request: Buffer; metadata: { get(name: string): unknown[] }; getDeadline(): Date | number },
			done: (error: object | null, value?: Buffer) => void,
		) => {
			heard.push({
				text: call.request.toString(),
				id: call.metadata.get('x-daruma-id')[0],
				leftMs: Number(call.getDeadline()) - Date.now(),
				previous: call.metadata.get('grpc-previous-rpc-attempts')[0],
			});
			if (heard.length === 2) done({ code: STATUS.RESOURCE_EXHAUSTED, details: 'full' });
			else done(null, call.request);
		},
	});
	const port = await new Promise<number>((resolve, reject) =>
		server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
	);
	t.teardown(() => server.forceShutdown());
	const to = { name: 'n1', host: '127.0.0.1', port };
	const sender = openFor(t);
	t.deepEqual(await ask(sender, to), { kind: 'answered', status: 200, grpcStatus: 0 });
	t.deepEqual(await ask(sender, to, request({}, 2)), { kind: 'answered', status: 200, grpcStatus: STATUS.RESOURCE_EXHAUSTED });
	t.deepEqual(await ask(sender, to, request({ path: '/no.Such/Thing' })), { kind: 'answered', status: 200, grpcStatus: STATUS.UNIMPLEMENTED });
	t.deepEqual(
		heard.map(({ text, id, previous }) => [text, id, previous]),
		[
			['hello', 'r1', undefined],
			['hello', 'r1', '2'],
		],
	);
	for (const { leftMs } of heard) t.true(leftMs <= 2500 && leftMs > -30_000, `${leftMs}`);
});

test('pooled: a few sessions carry many streams; more only when all are full', async (t) => {
	const held: ServerHttp2Stream[] = [];
	const server = await raw(t, (stream) => held.push(stream), { maxConcurrentStreams: 10 });
	const sender = openFor(t);
	// Its settings are known from the first answer on.
	const first = ask(sender, server);
	await until(() => held.length === 1);
	say(held.pop()!, 0);
	await first;
	const answers = Array.from({ length: 40 }, () => ask(sender, server));
	await until(() => held.length === 40);
	t.true(server.sessions >= 4, `${server.sessions}`);
	for (const stream of held.splice(0)) say(stream, 0);
	t.true((await Promise.all(answers)).every((answer) => answer.kind === 'answered' && answer.grpcStatus === 0));
	const before = server.sessions;
	const again = Array.from({ length: 4 }, () => ask(sender, server));
	await until(() => held.length === 4);
	for (const stream of held.splice(0)) say(stream, 0);
	await Promise.all(again);
	t.is(server.sessions, before, 'what is open is used again');
});

test('fresh: one session per call, closed after it', async (t) => {
	const server = await raw(t, (stream) => say(stream, 0));
	const sender = openFor(t, 'fresh');
	for (let i = 0; i < 3; i++) t.is((await ask(sender, server)).kind, 'answered');
	t.is(server.sessions, 3);
	await until(() => server.open.size === 0);
	t.pass();
});

const ends: [name: string, serve: (stream: ServerHttp2Stream) => void, result: SendResult][] = [
	['trailers alone', (s) => s.respond({ ':status': 200, 'grpc-status': '14' }, { endStream: true }), { kind: 'answered', status: 200, grpcStatus: 14 }],
	[
		"a gateway's page",
		(s) => {
			s.respond({ ':status': 502, 'content-type': 'text/html' });
			s.end('<html>bad gateway</html>');
		},
		{ kind: 'answered', status: 502 },
	],
	[
		'an answer without a status of gRPC',
		(s) => {
			s.respond({ ':status': 200 });
			s.end('fine');
		},
		{ kind: 'failed', error: 'protocol', unsent: false },
	],
	['a refused stream', (s) => s.close(7), { kind: 'failed', error: 'REFUSED_STREAM', unsent: false }],
	['a reset stream', (s) => s.close(2), { kind: 'failed', error: 'INTERNAL_ERROR', unsent: false }],
	[
		'a page that breaks off',
		(s) => {
			s.respond({ ':status': 502 });
			s.write('<html>');
			setImmediate(() => s.session?.destroy());
		},
		{ kind: 'failed', error: 'closed', unsent: false },
	],
];
for (const [name, serve, result] of ends) {
	test(`${name}: ${JSON.stringify(result)}`, async (t) => {
		const server = await raw(t, serve);
		t.deepEqual(await ask(openFor(t), server), result);
	});
}

test('a connection that ends under a call: FIN is closed, RST is ECONNRESET; other calls then go over a new one', async (t) => {
	let mode: 'fin' | 'rst' | 'answer' = 'fin';
	const server = await raw(t, (stream) => {
		if (mode === 'answer') return say(stream, 0);
		for (const socket of server.sockets) mode === 'fin' ? socket.destroy() : socket.resetAndDestroy();
		server.sockets.clear();
	});
	const sender = openFor(t);
	t.deepEqual(await ask(sender, server), { kind: 'failed', error: 'closed', unsent: false });
	mode = 'rst';
	t.deepEqual(await ask(sender, server), { kind: 'failed', error: 'ECONNRESET', unsent: false });
	mode = 'answer';
	t.deepEqual(await ask(sender, server), { kind: 'answered', status: 200, grpcStatus: 0 });
});

test('nobody listens: refused, and provably never sent, for every call that waited', async (t) => {
	const to = { name: 'n9', host: '127.0.0.1', port: await freePort() };
	const sender = openFor(t);
	const all = await Promise.all(Array.from({ length: 9 }, () => ask(sender, to)));
	for (const each of all) t.deepEqual(each, { kind: 'failed', error: 'ECONNREFUSED', unsent: true });
});

test('a server of HTTP/1.1 is no HTTP/2', async (t) => {
	const server = createTcp((socket) => {
		socket.on('error', () => {});
		socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
	});
	const port = await freePort();
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	t.deepEqual(await ask(openFor(t), { name: 'n1', host: '127.0.0.1', port }), { kind: 'failed', error: 'protocol', unsent: false });
});

test('a call that is given up resets its stream, not its session; one that was never sent says so', async (t) => {
	const streams: ServerHttp2Stream[] = [];
	const server = await raw(t, (stream) => streams.push(stream));
	const sender = openFor(t);
	const sending = sender.send(server, request(), () => t.fail('nobody waits'));
	t.false(sending.written);
	await until(() => streams.length === 1);
	t.true(sending.written);
	t.false(sending.abandon());
	await until(() => streams[0]!.closed);
	t.is(streams[0]!.rstCode, 8);
	t.is(server.open.size, 1);
	const silent = await raw(t, () => {});
	t.true(sender.send(silent, request(), () => t.fail('nobody waits')).abandon());
	t.is(silent.sessions, 0);
});

test('GOAWAY: what runs is answered, what comes next goes over a new session', async (t) => {
	const streams: ServerHttp2Stream[] = [];
	const server = await raw(t, (stream) => streams.push(stream));
	const sender = openFor(t);
	const first = ask(sender, server);
	await until(() => streams.length === 1);
	for (const session of server.open) session.goaway(0);
	const gone = [...server.open];
	// The client has read the GOAWAY when it has answered what came after it.
	await new Promise<void>((resolve) => void gone[0]!.ping(() => resolve()));
	const second = ask(sender, server);
	await until(() => streams.length === 2);
	for (const stream of streams) say(stream, 0);
	t.deepEqual(await first, { kind: 'answered', status: 200, grpcStatus: 0 });
	t.deepEqual(await second, { kind: 'answered', status: 200, grpcStatus: 0 });
	t.is(server.sessions, 2);
});
