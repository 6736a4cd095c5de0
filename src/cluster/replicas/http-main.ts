/**
 * The built-in HTTP replica: `node http-main.js --port P --service-ms 50 --node n2`. Any method, any path: it reads the
 * whole request, works for a while, answers 200. Its own ledger is the truth that clients cannot see: `received` is
 * written (synchronously) before the work starts, `executed` when it is done and before the answer leaves. A client
 * that goes away does not cancel the work. SIGTERM: no new connections, finish what runs, exit 0. With
 * `--mesh n1=127.0.0.1:4001,n3=…` it heartbeats those, and publishes what it sees at /.daruma/views.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { EXIT, type ExitCode } from '../../model/errors.js';
import type { Correlation } from '../../model/plan.js';
import { MonotonicClock, monotonicNs } from '../../platform/clock.js';
import { HistoryWriter } from '../../platform/history-writer.js';
import { type Identity, identity } from '../../wire/request-id.js';
import { Mesh, type Peer, parsePeers } from './mesh.js';

const fail = (code: ExitCode, message: string): never => {
	process.stderr.write(`daruma http replica: ${message}\n`);
	process.exit(code);
};

interface Options {
	port: number;
	serviceMs: number;
	node: string;
	peers: Peer[] | null;
	ids: Identity;
	/** Ids may stand in bodies. */
	bodies: boolean;
}

const options = (): Options => {
	const read = () => {
		try {
			const { values } = parseArgs({
				options: {
					port: { type: 'string' },
					'service-ms': { type: 'string', default: '50' },
					node: { type: 'string', default: 'n1' },
					mesh: { type: 'string' },
					correlate: { type: 'string' },
				},
			});
			return values;
		} catch (error) {
			return fail(EXIT.usage, (error as Error).message.split('\n')[0] as string);
		}
	};
	const values = read();
	const port = Number(values.port);
	const serviceMs = Number(values['service-ms']);
	if (!Number.isInteger(port) || port < 1 || port > 65_535) fail(EXIT.usage, `--port must be 1 to 65535, not ${values.port}`);
	if (!(serviceMs >= 0)) fail(EXIT.usage, `--service-ms must be a number of ms, not ${values['service-ms']}`);
	const peers = values.mesh === undefined ? null : parsePeers(values.mesh);
	if (typeof peers === 'string') return fail(EXIT.usage, peers);
	const correlate = values.correlate === undefined ? undefined : (JSON.parse(values.correlate) as Correlation);
	return { port, serviceMs, node: values.node, peers, ids: identity(correlate), bodies: correlate?.kind === 'body' };
};

const ledger = (): { history: HistoryWriter; clock: MonotonicClock } | null => {
	const file = process.env.DARUMA_HISTORY;
	if (file === undefined) return null;
	const zero = process.env.DARUMA_ZERO ?? '';
	if (!/^\d+$/.test(zero)) return fail(EXIT.usage, `DARUMA_ZERO must be the run's zero in ns when DARUMA_HISTORY is set, not '${zero}'`);
	try {
		return { history: new HistoryWriter(file, (error) => fail(EXIT.stage, error.message)), clock: new MonotonicClock(zero) };
	} catch (error) {
		return fail(EXIT.stage, `the history could not be opened: ${(error as Error).message}`);
	}
};

const { port, serviceMs, node, peers, ids, bodies } = options();
const written = ledger();
const mesh = peers && new Mesh(node, peers, new MonotonicClock(monotonicNs()));
/** Connections, each with its requests that have not been answered yet. */
const open = new Map<Socket, number>();
let working = 0;
let executed = 0;
let leaving = false;

/** Our own readiness checks and probes are no requests of the run. */
const record = (kind: 'received' | 'executed', id: string | null, method: string): void => {
	if (written && !id?.startsWith('probe-')) written.history.now({ kind, t: written.clock.now(), id, node, method });
};

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
