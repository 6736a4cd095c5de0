import { createServer, type ServerHttp2Stream } from 'node:http2';
import test from 'ava';
import type { Endpoint } from '../../../src/model/endpoint.js';
import type { GrpcJsSpec } from '../../../src/model/plan.js';
import { freePort } from '../../../src/platform/ports.js';
import type { CallResult, Driver } from '../../../src/traffic/client-driver.js';
import { openLibrary } from '../../../src/traffic/libraries/index.js';
import { grpcMessage } from '../../../src/wire/grpc.js';
import { until } from '../servers.js';

type T = { teardown(fn: () => void): void };

/** By id and `grpc-previous-rpc-attempts`. */
interface Node extends Endpoint {
	heard: string[];
}

const node = async (t: T, name: string, code: (n: number) => number | null): Promise<Node> => {
	const server = createServer();
	const port = await freePort();
	const found: Node = { name, host: '127.0.0.1', port, heard: [] };
	server.on('session', (session) => {
		session.on('error', () => {});
		t.teardown(() => session.destroy());
	});
	server.on('stream', (stream: ServerHttp2Stream, headers) => {
		stream.on('error', () => {}).resume();
		found.heard.push(`${headers['x-daruma-id']} ${headers['grpc-previous-rpc-attempts'] ?? 0}`);
		const answer = code(found.heard.length);
		if (answer === null) return;
		stream.respond(
			{ ':status': 200, 'content-type': 'application/grpc', ...(answer !== 0 && { 'grpc-status': `${answer}` }) },
			answer === 0 ? { waitForTrailers: true } : { endStream: true },
		);
		if (answer !== 0) return;
		stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
		stream.end(grpcMessage(Buffer.from('x')));
	});
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return found;
};

const spec: GrpcJsSpec = { kind: 'grpcJs', policy: 'round_robin', retry: null, keepalive: null, config: null, from: process.cwd() };
const retry = { attempts: 3, baseMs: 5, maxMs: 20, multiplier: 2, statuses: ['UNAVAILABLE'] };
const open = (nodes: readonly Endpoint[], changes: Partial<GrpcJsSpec> = {}): Promise<Driver> =>
	openLibrary({ ...spec, ...changes }, nodes, { connections: 'pooled' });

const ask = (driver: Driver, id: string, timeoutMs = 20_000): Promise<CallResult> =>
	new Promise((resolve) => {
		const grpc = { message: grpcMessage(Buffer.from('hi')), timeoutMs, previousAttempts: 0 };
		const request = { method: 'POST', path: '/a.B/C', headers: { 'x-daruma-id': id }, body: null, grpc };
		driver.call({ id, method: 'POST', ok: () => true, request }, resolve);
	});

test('round robin over all nodes; a code is an answer', async (t) => {
	const nodes = [await node(t, 'n1', () => 0), await node(t, 'n2', () => 0)];
	const driver = await open(nodes);
	await until(() => {
		void ask(driver, 'r0');
		return nodes.every(({ heard }) => heard.length > 0);
	});
	t.deepEqual(await ask(driver, 'r1'), { kind: 'answered', grpcStatus: 0 });
	const bad = await open([await node(t, 'n1', () => 5)]);
	t.deepEqual(await ask(bad, 'r1'), { kind: 'answered', grpcStatus: 5, error: 'NOT_FOUND' });
});

test('without a retry policy UNAVAILABLE is final; with one the node hears of it again, and how often it has been tried', async (t) => {
	const plain = await node(t, 'n1', () => 14);
	t.deepEqual(await ask(await open([plain]), 'r1'), { kind: 'answered', grpcStatus: 14, error: 'UNAVAILABLE' });
	t.deepEqual(plain.heard, ['r1 0']);
	const twice = await node(t, 'n1', (n) => (n < 3 ? 14 : 0));
	t.deepEqual(await ask(await open([twice], { retry }), 'r1'), { kind: 'answered', grpcStatus: 0 });
	t.deepEqual(twice.heard, ['r1 0', 'r1 1', 'r1 2']);
});

test("the user's timeout is the call's deadline; a call that is cancelled tells nobody", async (t) => {
	const silent = await node(t, 'n1', () => null);
	const driver = await open([silent]);
	t.deepEqual(await ask(driver, 'r1', 300), { kind: 'answered', grpcStatus: 4, error: 'DEADLINE_EXCEEDED' });
	const grpc = { message: grpcMessage(Buffer.from('hi')), timeoutMs: 20_000, previousAttempts: 0 };
	const request = { method: 'POST', path: '/a.B/C', headers: { 'x-daruma-id': 'r2' }, body: null, grpc };
	const cancel = driver.call({ id: 'r2', method: 'POST', ok: () => true, request }, () => t.fail('nobody waits'));
	await until(() => silent.heard.includes('r2 0'));
	cancel();
	await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
	t.pass();
});
