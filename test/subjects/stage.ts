import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type Agent, createServer, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { openCustody } from '../../src/custody/open.js';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { RequestEvent } from '../../src/model/event.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';
import type { Stage } from '../../src/subjects/subject.js';

export const FIXTURES = fileURLToPath(new URL('../../../fixtures/subjects/', import.meta.url));

/** Is the real program here? Says why not, and fails where CI promised it. */
export const have = (t: ExecutionContext, program: string): boolean => {
	const found = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'].some((dir) => existsSync(join(dir, program)));
	if (found) return true;
	if (process.env.DARUMA_REQUIRE_REAL === '1') t.fail(`${program} is required here (DARUMA_REQUIRE_REAL=1) and is not installed`);
	else {
		t.log(`skipped: ${program} is not installed`);
		t.pass();
	}
	return false;
};

export const scratch = (t: ExecutionContext): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
};

/** A node of three lines: it answers, and remembers which ids it received. */
export interface TinyNode extends Endpoint {
	received: string[];
	/** Closes the port, so that it refuses. */
	close(): Promise<void>;
}

export const tinyNode = async (t: ExecutionContext, name: string, mode: 'answers' | 'silent' | 'resets' = 'answers'): Promise<TinyNode> => {
	const received: string[] = [];
	const server: Server = createServer((request, response) => {
		received.push(String(request.headers['x-daruma-id'] ?? ''));
		request.resume();
		if (mode === 'resets') request.socket.resetAndDestroy();
		else if (mode === 'answers') request.on('end', () => response.end(name));
	});
	const port = await freePort();
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	const close = (): Promise<void> =>
		new Promise((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	t.teardown(close);
	return { name, host: '127.0.0.1', port, received, close };
};

/** A stage with real custody; all of it is struck at the test's end. */
export const openStage = async (t: ExecutionContext, nodes: readonly Endpoint[]): Promise<Stage> => {
	const folder = scratch(t);
	// Unique also across the threads in which ava runs test files: custody ends whatever bears the run's name.
	const run = basename(folder);
	const custody = await openCustody({ run, folder });
	t.teardown(() => custody.close());
	const dir = join(folder, 'scratch');
	mkdirSync(dir);
	return { run, nodes, dir, history: join(folder, 'history.ndjson'), clock: new MonotonicClock(monotonicNs()), custody, logFile: join(folder, 'subject.log') };
};

/** Sends one request as the generator would, and tells it as the generator would. */
export const send = (stage: Stage, target: Endpoint, id: string, method = 'GET', timeoutMs = 5000, agent: Agent | false = false): Promise<RequestEvent> =>
	new Promise((resolve) => {
		const sentMs = stage.clock.now();
		const end = (outcome: RequestEvent['outcome'], more: { status?: number; error?: string }): void => {
			resolve({ kind: 'request', t: sentMs, sentMs, endMs: stage.clock.now(), id, method, path: '/', mix: 0, idempotent: method === 'GET', outcome, ...more });
		};
		const request = httpRequest({ host: target.host, port: target.port, path: '/', method, headers: { 'x-daruma-id': id }, agent }, (response) => {
			const status = response.statusCode ?? 0;
			response.resume().on('end', () => end(status < 400 ? 'ok' : 'failed', { status }));
			response.on('error', () => end('failed', { error: 'ECONNRESET' }));
		});
		request.on('error', (error: NodeJS.ErrnoException) => end('failed', { error: error.code ?? error.message }));
		request.setTimeout(timeoutMs, () => request.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })));
		request.end();
	});

export const accepts = (target: Endpoint): Promise<boolean> =>
	new Promise((resolve) => {
		const request = httpRequest({ host: target.host, port: target.port, agent: false }, (response) => {
			response.resume();
			resolve(true);
		});
		request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
		request.end();
	});
