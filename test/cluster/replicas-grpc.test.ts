import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import test from 'ava';
import type { ReplicaExecutedEvent, ReplicaReceivedEvent } from '../../src/model/event.js';
import { monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';
import { askGrpc } from '../../src/probes/ask-grpc.js';
import { grpcMessage } from '../../src/wire/grpc.js';
import { healthRequest } from '../../src/wire/grpc-health.js';

const ENTRY = fileURLToPath(new URL('../../src/cluster/replicas/grpc-main.js', import.meta.url));

interface Replica {
	child: ChildProcess;
	port: number;
	exited: Promise<number | null>;
	steps(id: string | null): string[];
}

type T = { teardown(fn: () => void): void };

const until = async (holds: () => boolean): Promise<void> => {
	while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const start = async (t: T, serviceMs: number): Promise<Replica> => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-replica-'));
	const history = join(dir, 'history.ndjson');
	const port = await freePort();
	const child = spawn(process.execPath, [ENTRY, '--port', String(port), '--service-ms', String(serviceMs), '--node', 'n2'], {
		env: { ...process.env, DARUMA_HISTORY: history, DARUMA_ZERO: monotonicNs() },
		stdio: 'ignore',
	});
	const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
	t.teardown(() => {
		child.kill('SIGKILL');
		rmSync(dir, { recursive: true });
	});
	while (child.exitCode === null && !(await askGrpc({ host: '127.0.0.1', port }, '', { timeoutMs: 5000 })).ok) {
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	const ledger = (): (ReplicaReceivedEvent | ReplicaExecutedEvent)[] =>
		(existsSync(history) ? readFileSync(history, 'utf8') : '')
			.split('\n')
			.filter(Boolean)
			.map((line) => JSON.parse(line));
	const steps = (id: string | null) => ledger().flatMap((e) => (e.id === id ? [`${e.kind} ${e.node} ${e.method}`] : []));
	return { child, port, exited, steps };
};

interface Reply {
	code: number;
	message: string;
	node: string | undefined;
}

const bytes = (value: Buffer): Buffer => value;

/** A client of the real grpc-js, closed at the end. */
const clientOf = (t: T, { port }: Replica): Client => {
	const client = new Client(`ipv4:127.0.0.1:${port}`, credentials.createInsecure());
	t.teardown(() => client.close());
	return client;
};

const call = (client: Client, id: string | null, message: string, path = '/any.Service/Method', heard?: (call: { cancel(): void }) => void): Promise<Reply> =>
	new Promise((resolve) => {
		const metadata = new Metadata();
		if (id !== null) metadata.set('x-daruma-id', id);
		let node: string | undefined;
		const made = client.makeUnaryRequest(path, bytes, bytes, Buffer.from(message), metadata, {}, (error: ServiceError | null, value) =>
			resolve({ code: error?.code ?? 0, message: value?.toString() ?? '', node }),
		);
		made.on('metadata', (head) => {
			node = String(head.get('x-daruma-node')[0]);
		});
		heard?.(made);
	});

const LINES = ['received n2 POST', 'executed n2 POST'];

test('any method of any service: received, the work, executed, and the message comes back', async (t) => {
	const replica = await start(t, 20);
	const client = clientOf(t, replica);
	t.deepEqual(await call(client, 'r1', 'hello'), { code: 0, message: 'hello', node: 'n2' });
	t.deepEqual(await call(client, 'r2', '', '/Other/Thing'), { code: 0, message: '', node: 'n2' });
	const long = 'x'.repeat(300_000);
	t.is((await call(client, null, long)).message, long);
	for (const id of ['r1', 'r2', null]) t.deepEqual(replica.steps(id), LINES);
	t.is((await call(client, 'probe-1', '')).code, 0);
	t.deepEqual(replica.steps('probe-1'), []);
});

test('what it does not take has a code, and is no request of its ledger', async (t) => {
	const replica = await start(t, 0);
	const client = clientOf(t, replica);
	t.is((await call(client, 'r1', '', '/grpc.health.v1.Health/List')).code, 12);
	t.is((await call(client, 'r1', 'x'.repeat(4 * 1024 * 1024 + 1))).code, 8);
	t.deepEqual(replica.steps('r1'), []);
});

test('a client that cancels does not cancel the work, and it is done once', async (t) => {
	const replica = await start(t, 150);
	const client = clientOf(t, replica);
	let cancel = (): void => {};
	const reply = call(client, 'r1', 'x', undefined, (made) => {
		cancel = () => made.cancel();
	});
	await until(() => replica.steps('r1').length === 1);
	cancel();
	t.is((await reply).code, 1);
	await until(() => replica.steps('r1').length === 2);
	t.is((await call(client, 'r2', 'x')).code, 0);
	t.deepEqual(replica.steps('r1'), LINES);
});

test('a request whose connection ends before it is whole was never received', async (t) => {
	const replica = await start(t, 0);
	const session = connect(`http://127.0.0.1:${replica.port}`).on('error', () => {});
	t.teardown(() => session.destroy());
	const head = { ':method': 'POST', ':path': '/a.B/C', te: 'trailers', 'content-type': 'application/grpc' };
	const socket = dial(replica.port, '127.0.0.1');
	const broken = connect(`http://127.0.0.1:${replica.port}`, { createConnection: () => socket }).on('error', () => {});
	await once(broken, 'remoteSettings');
	const half = broken.request({ ...head, 'x-daruma-id': 'r1' }).on('error', () => {});
	half.write(grpcMessage(Buffer.from('whole message, no end of the stream')));
	await new Promise<void>((resolve, reject) => void broken.ping((error) => (error ? reject(error) : resolve())));
	socket.destroy();
	const whole = session.request({ ...head, 'x-daruma-id': 'r2' });
	whole.end(grpcMessage(Buffer.from('x')));
	await once(whole.resume(), 'end');
	t.deepEqual(replica.steps('r1'), []);
	t.deepEqual(replica.steps('r2'), LINES);
	const plain = session.request({ ':method': 'GET', ':path': '/' });
	const [answer] = await once(plain, 'response');
	t.is(answer[':status'], 415);
});

test('SIGTERM: NOT_SERVING to who watches, GOAWAY, what runs is finished, exit 0', async (t) => {
	const replica = await start(t, 300);
	const session = connect(`http://127.0.0.1:${replica.port}`).on('error', () => {});
	t.teardown(() => session.destroy());
	const head = { ':method': 'POST', te: 'trailers', 'content-type': 'application/grpc' };
	const watch = session.request({ ...head, ':path': '/grpc.health.v1.Health/Watch' });
	watch.end(grpcMessage(healthRequest('')));
	const states: number[] = [];
	let code: unknown;
	watch.on('data', (data: Buffer) => {
		for (let at = 6; at < data.length; at += 7) states.push(data[at] as number);
	});
	watch.on('trailers', (trailers) => {
		code = trailers['grpc-status'];
	});
	await until(() => states.length === 1);
	const running = session.request({ ...head, ':path': '/a.B/C', 'x-daruma-id': 'r1' });
	running.resume().end(grpcMessage(Buffer.from('x')));
	let status: unknown;
	running.on('trailers', (trailers) => {
		status = trailers['grpc-status'];
	});
	await until(() => replica.steps('r1').length === 1);
	const gone = once(session, 'goaway');
	// Connected, and never said a word: that keeps nobody.
	const silent = dial(replica.port, '127.0.0.1').on('error', () => {});
	await once(silent, 'connect');
	replica.child.kill('SIGTERM');
	await gone;
	t.is(await replica.exited, 0);
	t.deepEqual(states, [1, 2]);
	t.is(code, '14');
	t.is(status, '0');
	t.deepEqual(replica.steps('r1'), LINES);
	t.is((await askGrpc({ host: '127.0.0.1', port: replica.port }, '', { timeoutMs: 5000 })).reason, 'ECONNREFUSED');
});
