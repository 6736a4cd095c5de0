/**
 * The built-in HTTP replica: `node http-main.js --port P --service-ms 50 --node n2`. Any method, any path: it reads the
 * whole request, works for a while, answers 200. Its own ledger is the truth that clients cannot see: `received` is
 * written (synchronously) before the work starts, `executed` when it is done and before the answer leaves. A client
 * that goes away does not cancel the work. SIGTERM: no new connections, finish what runs, exit 0. With
 * `--mesh n1=127.0.0.1:4001,n3=…` it heartbeats those, and publishes what it sees at /.daruma/views.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { EXIT } from '../../model/errors.js';
import { MonotonicClock, monotonicNs } from '../../platform/clock.js';
import { Mesh, parsePeers } from './mesh.js';
import { failer, openLedger, readOptions } from './startup.js';

const fail = failer('http');
const { port, serviceMs, node, mesh: others, ids, bodies } = readOptions(fail, true);
const record = openLedger(fail, node);
const parsed = others === undefined ? null : parsePeers(others);
const peers = typeof parsed === 'string' ? fail(EXIT.usage, parsed) : parsed;
const mesh = peers && new Mesh(node, peers, new MonotonicClock(monotonicNs()));
/** Connections, each with its requests that have not been answered yet. */
const open = new Map<Socket, number>();
let working = 0;
let executed = 0;
let leaving = false;

const answer = (response: ServerResponse, id: string | null, method: string): void => {
	record('executed', id, method);
	executed += 1;
	working -= 1;
	const body = Buffer.from(`${JSON.stringify({ node, id, method, n: executed })}\n`);
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, ...(leaving ? { connection: 'close' } : {}) });
	response.end(method === 'HEAD' ? undefined : body);
	if (leaving) leaveWhenDone();
};

const work = (request: IncomingMessage, response: ServerResponse): void => {
	const { method = 'GET', headers, socket } = request;
	if (mesh?.answer(request, response)) return;
	const chunks: Buffer[] = [];
	open.set(socket, (open.get(socket) ?? 0) + 1);
	response.once('close', () => {
		if (open.has(socket)) open.set(socket, (open.get(socket) ?? 1) - 1);
		if (leaving) leaveWhenDone();
	});
	if (bodies) request.on('data', (chunk: Buffer) => chunks.push(chunk));
	else request.resume();
	request.once('end', () => {
		const body = Buffer.concat(chunks);
		// A chunked body is whole here too, so its length is what came.
		const value = (name: string): string | null => (name === 'content-length' ? `${body.length}` : ([headers[name]].flat()[0] ?? null));
		const id = ids.of(ids.headers.map(value), request.url ?? '', body);
		working += 1;
		record('received', id, method);
		if (serviceMs === 0) answer(response, id, method);
		else setTimeout(answer, serviceMs, response, id, method);
	});
};

// No server-side timeouts: after a freeze they would all have passed at once, and cut off what a real thaw would answer.
const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0, headersTimeout: 0 }, work);

const leaveWhenDone = (): void => {
	// Neither server.close() nor closeIdleConnections() ends a connection that has never carried a request.
	for (const [socket, running] of open) if (running === 0) socket.destroySoon();
	if (working === 0 && open.size === 0) process.exit(0);
};

server.on('connection', (socket: Socket) => {
	open.set(socket, 0);
	socket.once('close', () => {
		open.delete(socket);
		if (leaving) leaveWhenDone();
	});
});
server.on('error', (error) => fail(EXIT.stage, `cannot listen on 127.0.0.1:${port}: ${error.message}`));
process.on('SIGTERM', () => {
	leaving = true;
	mesh?.stop();
	server.close();
	leaveWhenDone();
});
server.listen({ port, host: '127.0.0.1', backlog: 511 }, () => void mesh?.start());
