import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { CommandSubject } from '../../src/model/plan.js';
import { freePort } from '../../src/platform/ports.js';
import { command } from '../../src/subjects/command.js';
import { foreignListener, unaccepted } from '../../src/subjects/listener.js';
import { accepts, openStage, scratch, send, tinyNode } from './stage.js';

const GATEWAY = `import { createServer, request } from 'node:http';
const [, , listen, upstream] = process.argv;
createServer((q, s) => {
	const [host, port] = upstream.split(':');
	q.pipe(request({ host, port, method: q.method, path: q.url, headers: q.headers }, (r) => { s.writeHead(r.statusCode); r.pipe(s); }));
}).listen(Number(listen.split(':')[1]), '127.0.0.1', () => console.log('listening', process.env.DARUMA_LISTEN === listen, process.env.DARUMA_UPSTREAMS, process.env.EXTRA));
`;
const spec = (dir: string, argv: string[], env: Record<string, string> = {}): CommandSubject => ({
	kind: 'command',
	argv,
	env,
	cwd: dir,
	ready: { check: { kind: 'tcp' }, withinMs: 10_000 },
});

test.serial('a gateway gets its places by template and environment, passes requests, and is gone after stop', async (t) => {
	const dir = scratch(t);
	writeFileSync(join(dir, 'gateway.mjs'), GATEWAY);
	const node = await tinyNode(t, 'n1');
	const stage = await openStage(t, [node]);
	const one = spec(dir, [process.execPath, 'gateway.mjs', '{listen}', '{n1}'], { EXTRA: '{dir}' });
	one.ready = { check: { kind: 'log', pattern: `^listening true ${node.host}:${node.port} ${stage.dir}$` }, withinMs: 10_000 };
	const subject = await command.start(one, stage);
	const request = await send(stage, subject.target!, 'r1');
	t.is(request.status, 200);
	t.deepEqual(node.received, ['r1']);
	t.deepEqual(await subject.witness([request]), []);
	await subject.stop();
	t.false(await accepts(subject.target!));
});

test.serial('one that ends early: exit 4, with its exit code and the last lines of its log', async (t) => {
	const dir = scratch(t);
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const error = await t.throwsAsync<Error & { code: string; exit: number }>(
		command.start(spec(dir, [process.execPath, '-e', 'console.error("no licence"); process.exit(7)']), stage),
	);
	t.is(error?.code, 'E_SUBJECT_EXITED');
	t.is(error?.exit, 4);
	t.regex(error?.message ?? '', /exit code 7.*no licence/s);
});

test.serial('one that ends later says so', async (t) => {
	const dir = scratch(t);
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const subject = await command.start(
		spec(dir, [process.execPath, '-e', `require('http').createServer((q, s) => { s.end('bye'); s.on('close', () => process.exit(3)); }).listen({port})`]),
		stage,
	);
	await send(stage, subject.target!, 'r1');
	t.regex(await subject.exited, /ended by itself \(exit code 3\)/);
	await subject.stop();
});

test.serial('one that never listens: exit 4, and it is ended', async (t) => {
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const one = spec(scratch(t), [process.execPath, '-e', 'setInterval(() => {}, 1000)']);
	one.ready = { check: { kind: 'tcp' }, withinMs: 300 };
	const error = await t.throwsAsync<Error & { code: string; exit: number }>(command.start(one, stage));
	t.is(error?.code, 'E_NOT_READY');
	t.is(error?.exit, 4);
});

test('no such program, and a misspelt placeholder: exit 2', async (t) => {
	const dir = scratch(t);
	await t.throwsAsync(command.check(spec(dir, ['./nowhere'])), { code: 'E_NOT_FOUND', message: /nowhere was not found/ });
	await t.throwsAsync(command.check(spec(dir, ['no-such-program-here'])), { code: 'E_NOT_FOUND', message: /looked in PATH/ });
	await t.throwsAsync(command.check(spec(dir, [process.execPath, '--listen={lisen}'])), { code: 'E_TEMPLATE', message: /did you mean \{listen\}/ });
	await t.throwsAsync(command.check(spec(dir, [process.execPath, '{n3}']), 2), { code: 'E_TEMPLATE', message: /there are n1 … n2/ });
	await t.throwsAsync(command.check(spec(dir, [])), { code: 'E_CONFIG' });
});

test('a stranger that listens on the port is seen, our own group is not', async (t) => {
	const port = await freePort();
	const server = createServer();
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	t.teardown(() => void server.close());
	if (process.platform !== 'linux') return t.is(foreignListener(port, -1, 'none'), null);
	t.is(foreignListener(port, -1, 'none'), process.pid);
	t.is(foreignListener(await freePort(), -1, 'none'), null);
});

test('a connection that nobody has accepted is seen', async (t) => {
	if (process.platform !== 'linux') return t.pass();
	const port = await freePort();
	const frozen = spawn(process.execPath, ['-e', `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log('on'))`], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.teardown(() => void frozen.kill('SIGKILL'));
	await once(frozen.stdout, 'data');
	t.false(unaccepted(port));
	frozen.kill('SIGSTOP');
	const socket = connect(port, '127.0.0.1');
	t.teardown(() => void socket.destroy());
	await once(socket, 'connect');
	t.true(unaccepted(port));
	frozen.kill('SIGCONT');
	while (unaccepted(port)) await new Promise((resolve) => setTimeout(resolve, 5));
	t.pass();
});
