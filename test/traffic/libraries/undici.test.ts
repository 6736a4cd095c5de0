import { createServer, type Server } from 'node:http';
import test from 'ava';
import type { Endpoint } from '../../../src/model/endpoint.js';
import type { UndiciSpec } from '../../../src/model/plan.js';
import { freePort } from '../../../src/platform/ports.js';
import type { CallResult, Driver } from '../../../src/traffic/client-driver.js';
import { openLibrary } from '../../../src/traffic/libraries/index.js';

type T = { teardown(fn: () => void): void };
interface Node extends Endpoint {
	heard: string[];
}

const node = async (t: T, name: string, status: (n: number) => number): Promise<Node> => {
	const port = await freePort();
	const found: Node = { name, host: '127.0.0.1', port, heard: [] };
	const server: Server = createServer((request, response) => {
		found.heard.push(`${request.method} ${request.headers['x-daruma-id']}`);
		request.resume().on('end', () => response.writeHead(status(found.heard.length)).end(name));
	});
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	t.teardown(() => {
		server.close();
		server.closeAllConnections();
	});
	return found;
};

const retry = { attempts: 3, baseMs: 5, maxMs: 20, multiplier: 2, methods: ['GET'], statuses: [503] };
const open = (nodes: readonly Endpoint[], changes: Partial<UndiciSpec> = {}): Promise<Driver> =>
	openLibrary({ kind: 'undici', pool: 'balanced', retry: null, from: process.cwd(), ...changes }, nodes, { connections: 'pooled' });
const ask = (driver: Driver, id: string, method = 'GET'): Promise<CallResult> =>
	new Promise((resolve) => {
		const request = { method, path: '/task', headers: { 'x-daruma-id': id }, body: method === 'POST' ? '{}' : null };
		driver.call({ id, method, ok: () => true, request }, resolve);
	});

test('round robin: origins in turn; the status is the answer', async (t) => {
	const nodes = [await node(t, 'n1', () => 200), await node(t, 'n2', () => 404)];
	const driver = await open(nodes, { pool: 'round-robin' });
	t.deepEqual(await ask(driver, 'r1'), { kind: 'answered', status: 200 });
	t.deepEqual(await ask(driver, 'r2', 'POST'), { kind: 'answered', status: 404 });
	t.deepEqual(
		nodes.map(({ heard }) => heard),
		[['GET r1'], ['POST r2']],
	);
});

test('BalancedPool: every node gets some', async (t) => {
	const nodes = [await node(t, 'n1', () => 200), await node(t, 'n2', () => 200)];
	const driver = await open(nodes);
	for (let i = 0; i < 8; i++) t.deepEqual(await ask(driver, `r${i}`), { kind: 'answered', status: 200 });
	t.true(nodes.every(({ heard }) => heard.length > 0));
});

test('RetryAgent: the methods and statuses of the file; what it gives up on is still the answer it got', async (t) => {
	const shaky = await node(t, 'n1', (n) => (n < 3 ? 503 : 200));
	t.deepEqual(await ask(await open([shaky], { retry }), 'r1'), { kind: 'answered', status: 200 });
	t.is(shaky.heard.length, 3);
	const broken = await node(t, 'n1', () => 503);
	const driver = await open([broken], { retry });
	t.deepEqual(await ask(driver, 'r1'), { kind: 'answered', status: 503 });
	t.is(broken.heard.length, 3);
	t.deepEqual(await ask(driver, 'r2', 'POST'), { kind: 'answered', status: 503 });
	t.deepEqual(broken.heard.slice(3), ['POST r2']);
});

test('a node that refuses: its reason', async (t) => {
	const port = await freePort();
	t.deepEqual(await ask(await open([{ name: 'n1', host: '127.0.0.1', port }]), 'r1'), { kind: 'failed', error: 'ECONNREFUSED', unsent: false });
});
