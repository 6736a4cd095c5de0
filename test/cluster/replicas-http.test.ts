import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ReplicaExecutedEvent, ReplicaReceivedEvent } from '../../src/model/event.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';

const ENTRY = fileURLToPath(new URL('../../src/cluster/replicas/http-main.js', import.meta.url));

interface Replica {
	child: ChildProcess;
	port: number;
	clock: MonotonicClock;
	exited: Promise<number | null>;
	stderr(): string;
	ledger(): (ReplicaReceivedEvent | ReplicaExecutedEvent)[];
}

type T = { teardown(fn: () => void): void };

const until = async (holds: () => boolean): Promise<void> => {
	while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const accepts = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => {
			socket.destroy();
			resolve(true);
		}).once('error', () => resolve(false));
	});

const start = async (t: T, serviceMs: number, env: Record<string, string> = {}): Promise<Replica> => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-replica-'));
	const history = join(dir, 'history.ndjson');
	const zero = monotonicNs();
	const port = await freePort();
	const child = spawn(process.execPath, [ENTRY, '--port', String(port), '--service-ms', String(serviceMs), '--node', 'n2'], {
		env: { ...process.env, DARUMA_HISTORY: history, DARUMA_ZERO: zero, ...env },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let errors = '';
	child.stderr.on('data', (chunk) => {
		errors += chunk;
	});
	const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
	t.teardown(() => {
		child.kill('SIGKILL');
		rmSync(dir, { recursive: true });
	});
	while (!(await accepts(port)) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
	const ledger = () =>
		(existsSync(history) ? readFileSync(history, 'utf8') : '')
			.split('\n')
			.filter(Boolean)
			.map((line) => JSON.parse(line));
	return { child, port, clock: new MonotonicClock(zero), exited, stderr: () => errors, ledger };
};

interface Answer {
	status: number;
	headers: Record<string, unknown>;
	body: string;
}

const ask = (port: number, id: string | null, method = 'GET', body: string | null = null, agent?: Agent): Promise<Answer> =>
	new Promise((resolve, reject) => {
		const headers = { ...(id === null ? {} : { 'x-daruma-id': id }), ...(body === null ? {} : { 'content-length': String(body.length) }) };
		const request = httpRequest({ host: '127.0.0.1', port, method, path: '/any/path?x=1', headers, ...(agent ? { agent } : {}) }, (response) => {
			let text = '';
			response.on('data', (chunk) => {
				text += chunk;
			});
			response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
		});
		request.once('error', reject);
		request.end(body);
	});

const steps = (replica: Replica, id: string | null): string[] =>
	replica
		.ledger()
		.filter((event) => event.id === id)
		.map((event) => event.kind);

for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
	test(`${method}: received, then the work, then executed, then the answer`, async (t) => {
		const replica = await start(t, 40);
		const before = replica.clock.now();
		const answer = await ask(replica.port, 'r1', method, method === 'GET' ? null : '{"n":1}');
		const after = replica.clock.now();
		t.is(answer.status, 200);
		t.deepEqual(JSON.parse(answer.body), { node: 'n2', id: 'r1', method, n: 1 });
		const [received, executed, ...more] = replica.ledger();
		t.deepEqual(more, []);
		t.deepEqual({ ...received!, t: 0 }, { kind: 'received', t: 0, id: 'r1', node: 'n2', method });
		t.deepEqual({ ...executed!, t: 0 }, { kind: 'executed', t: 0, id: 'r1', node: 'n2', method });
		t.true(before <= received!.t && executed!.t <= after);
		t.true(executed!.t - received!.t >= 38, `worked ${executed!.t - received!.t} ms`);
	});
}

test('HEAD has no body; n counts what was executed; a request without an id is written as such', async (t) => {
	const replica = await start(t, 0);
	t.is((await ask(replica.port, 'r1', 'HEAD')).body, '');
	t.is(JSON.parse((await ask(replica.port, null)).body).n, 2);
	t.deepEqual(steps(replica, null), ['received', 'executed']);
});

test('probes are answered and not written', async (t) => {
	const replica = await start(t, 0);
	t.is((await ask(replica.port, 'probe-7')).status, 200);
	t.deepEqual(replica.ledger(), []);
});

test('received is on disk before the work; kill -9 in the middle leaves it without executed', async (t) => {
	const replica = await start(t, 60_000);
	const answer = ask(replica.port, 'r1', 'POST', '{}');
	const failed = t.throwsAsync(answer);
	await until(() => steps(replica, 'r1').length > 0);
	replica.child.kill('SIGKILL');
	await failed;
	await replica.exited;
	t.deepEqual(steps(replica, 'r1'), ['received']);
});

test('a body that never ends is not received', async (t) => {
	const replica = await start(t, 0);
	const socket = connect(replica.port, '127.0.0.1');
	socket.write('POST / HTTP/1.1\r\nhost: x\r\nx-daruma-id: r1\r\ncontent-length: 10\r\n\r\nhalf');
	t.is((await ask(replica.port, 'r2')).status, 200);
	socket.destroy();
	t.is((await ask(replica.port, 'r3')).status, 200);
	t.deepEqual(steps(replica, 'r1'), []);
});

test('a client that goes away does not cancel the work', async (t) => {
	const replica = await start(t, 500);
	const socket = connect(replica.port, '127.0.0.1');
	socket.write('POST / HTTP/1.1\r\nhost: x\r\nx-daruma-id: r1\r\ncontent-length: 2\r\n\r\n{}');
	await until(() => steps(replica, 'r1').length >= 1);
	socket.destroy();
	await until(() => steps(replica, 'r1').length === 2);
	t.deepEqual(steps(replica, 'r1'), ['received', 'executed']);
	t.is((await ask(replica.port, 'r2')).status, 200);
});

test('SIGTERM: refuses new connections, finishes what runs, closes idle and silent connections, exits 0', async (t) => {
	const replica = await start(t, 500);
	const agent = new Agent({ keepAlive: true });
	t.teardown(() => agent.destroy());
	await ask(replica.port, 'r1', 'GET', null, agent);
	const silent = connect(replica.port, '127.0.0.1');
	silent.on('error', () => {});
	const running = ask(replica.port, 'r2', 'POST', '{}');
	await until(() => steps(replica, 'r2').length >= 1);
	replica.child.kill('SIGTERM');
	while (await accepts(replica.port)) await new Promise((resolve) => setTimeout(resolve, 5));
	const answer = await running;
	t.is(answer.status, 200);
	t.is(answer.headers.connection, 'close');
	t.is(await replica.exited, 0);
	t.deepEqual(steps(replica, 'r2'), ['received', 'executed']);
});

test('SIGTERM: work whose client has gone is finished too', async (t) => {
	const replica = await start(t, 500);
	const socket = connect(replica.port, '127.0.0.1');
	socket.write('POST / HTTP/1.1\r\nhost: x\r\nx-daruma-id: r1\r\ncontent-length: 2\r\n\r\n{}');
	await until(() => steps(replica, 'r1').length >= 1);
	socket.destroy();
	replica.child.kill('SIGTERM');
	t.is(await replica.exited, 0);
	t.deepEqual(steps(replica, 'r1'), ['received', 'executed']);
});

test('idle connections are kept for 75 s', async (t) => {
	const replica = await start(t, 0);
	const agent = new Agent({ keepAlive: true });
	t.teardown(() => agent.destroy());
	t.is((await ask(replica.port, 'r1', 'GET', null, agent)).headers['keep-alive'], 'timeout=75');
});

test('a history that cannot be written ends it with a clear line', async (t) => {
	const absent = await start(t, 0, { DARUMA_HISTORY: join(tmpdir(), 'daruma-no-such-folder', 'h') });
	t.is(await absent.exited, 4, absent.stderr());
	t.regex(absent.stderr(), /the history could not be opened/);
	if (!existsSync('/dev/full')) return;
	const full = await start(t, 0, { DARUMA_HISTORY: '/dev/full' });
	await t.throwsAsync(ask(full.port, 'r1'));
	t.is(await full.exited, 4, full.stderr());
	t.regex(full.stderr(), /the history could not be written \(ENOSPC\)/);
});

test('a port in use, a bad port, an unknown flag: one line each, and the documented exit code', async (t) => {
	const first = await start(t, 0);
	const run = async (...args: string[]) => {
		const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
		let text = '';
		child.stderr.on('data', (chunk) => {
			text += chunk;
		});
		const code = await new Promise((resolve) => child.once('close', resolve));
		return { code, text };
	};
	const taken = await run('--port', String(first.port));
	t.is(taken.code, 4);
	t.regex(taken.text, /EADDRINUSE/);
	for (const args of [['--port', 'x'], [], ['--port', '1000', '--service-ms', '-1'], ['--colour']]) {
		const bad = await run(...args);
		t.is(bad.code, 2, args.join(' '));
		t.is(bad.text.trim().split('\n').length, 1, bad.text);
	}
	const zeroless = await start(t, 0, { DARUMA_ZERO: '' });
	t.is(await zeroless.exited, 2);
});

test('many processes may share one history: lines stay whole', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-shared-'));
	t.teardown(() => rmSync(dir, { recursive: true }));
	const history = join(dir, 'h');
	writeFileSync(history, '');
	const replicas = await Promise.all([1, 2].map(() => start(t, 0, { DARUMA_HISTORY: history })));
	await Promise.all(replicas.flatMap(({ port }, node) => Array.from({ length: 100 }, (_, i) => ask(port, `r${node}-${i}`))));
	const lines = readFileSync(history, 'utf8').split('\n').filter(Boolean);
	t.is(lines.length, 400);
	t.notThrows(() => lines.map((line) => JSON.parse(line)));
});
