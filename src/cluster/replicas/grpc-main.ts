/**
 * The built-in gRPC replica: `node grpc-main.js --port P --service-ms 50 --node n2`. HTTP/2 without TLS, any unary
 * method of any service: it reads one message, works for a while, and answers OK with the same message.
 *
 *   HEADERS, DATA, END_STREAM ─► `received` ─► work ─► `executed` ─► HEADERS, DATA, trailers grpc-status: 0
 *
 * Its own ledger is the truth that clients cannot see: each line is on disk before the next step. A client that resets
 * its stream, or goes away, before its request is whole has asked nothing; later, that does not cancel the work, and
 * the work is done once. grpc.health.v1 says SERVING, of whatever service, until SIGTERM. Then: no new connections,
 * NOT_SERVING, GOAWAY, finish what runs, exit 0.
 */
import { constants, createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { EXIT } from '../../model/errors.js';
import { GrpcMessages, grpcMessage } from '../../wire/grpc.js';
import { failer, openLedger, readOptions } from './startup.js';

/** As grpc-js and others: 4 MiB. */
const MOST = 4 * 1024 * 1024;
/** All stream ids: a GOAWAY that only warns, so that no request that is under way to us is refused. */
const EVERY_STREAM = 2 ** 31 - 1;
/** A peer that does not acknowledge the warning by then is told to go all the same. */
const WARNING_MS = 500;
/** A peer that leaves its own end of the connection open holds us up no longer than this. */
const PATIENCE_MS = 500;
const HEALTH = '/grpc.health.v1.Health/';
const CODE = { ok: 0, unimplemented: 12, internal: 13, unavailable: 14, exhausted: 8 } as const;

const fail = failer('grpc');
const { port, serviceMs, node, ids } = readOptions(fail, false);
const record = openLedger(fail, node);
/** Connections, each with its streams that have not ended yet. */
const sessions = new Map<Http2Session, number>();
/** Streams of Watch; each is told when it changes. */
const watching = new Set<ServerHttp2Stream>();
let working = 0;
let leaving = false;

/** field 1 of a HealthCheckResponse: SERVING or NOT_SERVING. */
const serving = (): Uint8Array => grpcMessage(Uint8Array.of(0x08, leaving ? 2 : 1));

const HEAD = { ':status': 200, 'content-type': 'application/grpc', 'x-daruma-node': node };

/** No message: status and head are one block. */
const refuse = (stream: ServerHttp2Stream, code: number, why: string): void => {
	if (stream.destroyed || stream.headersSent) return;
	stream.respond({ ...HEAD, 'grpc-status': `${code}`, 'grpc-message': why }, { endStream: true });
};

const begin = (stream: ServerHttp2Stream, code: () => number): boolean => {
	if (stream.destroyed) return false;
	stream.respond(HEAD, { waitForTrailers: true });
	stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': `${code()}` }));
	return true;
};

const answer = (stream: ServerHttp2Stream, message: Uint8Array): void => {
	if (begin(stream, () => CODE.ok)) stream.end(message);
};

const work = (stream: ServerHttp2Stream, id: string | null, message: Uint8Array): void => {
	working += 1;
	record('received', id, 'POST');
	const done = (): void => {
		record('executed', id, 'POST');
		working -= 1;
		answer(stream, grpcMessage(message));
		leaveWhenDone();
	};
	if (serviceMs === 0) done();
	else setTimeout(done, serviceMs);
};

const watch = (stream: ServerHttp2Stream): void => {
	if (!begin(stream, () => CODE.unavailable)) return;
	stream.write(serving());
	if (leaving) {
		stream.end();
		return;
	}
	watching.add(stream);
	stream.once('close', () => watching.delete(stream));
};

const serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, message: Uint8Array): void => {
	const path = headers[':path'] as string;
	if (path === `${HEALTH}Check`) answer(stream, serving());
	else if (path === `${HEALTH}Watch`) watch(stream);
	else if (path.startsWith(HEALTH)) refuse(stream, CODE.unimplemented, 'no such method of the health service');
	else {
		const values = ids.headers.map((name) => [headers[name]].flat()[0] ?? null);
		work(stream, ids.of(values, path), message);
	}
};

/** Reads one whole message, then serves it. */
const read = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
	stream.on('error', () => {});
	if (headers[':method'] !== 'POST' || !headers['content-type']?.startsWith('application/grpc')) {
		stream.respond({ ':status': 415 }, { endStream: true });
		return;
	}
	if (!/^\/[\w.]+\/\w+$/.test(headers[':path'] ?? '')) {
		refuse(stream, CODE.unimplemented, 'no path of the form /package.Service/Method');
		return;
	}
	const messages = new GrpcMessages(MOST);
	let count = 0;
	let whole: Uint8Array = new Uint8Array();
	stream.on('data', (bytes: Buffer) => {
		const good = messages.read(bytes, (message) => {
			count += 1;
			whole = message.slice();
		});
		if (!good) refuse(stream, messages.tooLarge ? CODE.exhausted : CODE.unimplemented, messages.why);
	});
	stream.once('end', () => {
		// A stream that its client has reset ends too, but what came of it is no request.
		if (stream.headersSent || stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
		if (count === 1 && !messages.open) serve(stream, headers, whole);
		else refuse(stream, CODE.internal, `${count} messages in a unary request`);
	});
};

const leaveWhenDone = (): void => {
	if (leaving && working === 0 && sessions.size === 0) process.exit(0);
};

const forget = (session: Http2Session): void => {
	sessions.delete(session);
	leaveWhenDone();
};

/** Nothing runs on it any more, and it has been told: its peer may still end it by itself, for a while. */
const hangUp = (session: Http2Session): void => {
	if (session.closed && sessions.get(session) === 0) setTimeout(forget, PATIENCE_MS, session);
};

/** Warns, waits until whatever was under way to us has arrived, and closes when its streams have ended. */
const takeLeave = (session: Http2Session): void => {
	if (session.destroyed) return;
	const close = (): void => {
		clearTimeout(timer);
		if (!session.closed) session.close();
		hangUp(session);
	};
	const timer = setTimeout(close, WARNING_MS);
	session.goaway(constants.NGHTTP2_NO_ERROR, EVERY_STREAM);
	if (!session.ping(close)) close();
};

const server = createServer({ settings: { enablePush: false } });
server.on('session', (session) => {
	sessions.set(session, 0);
	session.on('error', () => {});
	session.once('close', () => forget(session));
	if (leaving) takeLeave(session);
});
server.on('sessionError', () => {});
server.on('stream', (stream, headers) => {
	const { session } = stream;
	if (session) {
		sessions.set(session, (sessions.get(session) ?? 0) + 1);
		stream.once('close', () => {
			if (!sessions.has(session)) return;
			sessions.set(session, (sessions.get(session) ?? 1) - 1);
			if (leaving) hangUp(session);
		});
	}
	read(stream, headers);
});
server.on('error', (error) => fail(EXIT.stage, `cannot listen on 127.0.0.1:${port}: ${error.message}`));
process.on('SIGTERM', () => {
	if (leaving) return;
	leaving = true;
	server.close();
	for (const stream of watching) stream.end(serving());
	for (const session of sessions.keys()) takeLeave(session);
	leaveWhenDone();
});
server.listen({ port, host: '127.0.0.1', backlog: 511 });
