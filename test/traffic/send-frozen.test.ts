import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { openSender } from '../../src/traffic/send.js';
import { until } from './servers.js';

/** Accepts at most one or two connections while it is stopped, then the kernel lets connects hang; prints the ids it reads. */
const SERVER = `
const { createServer } = require('node:net');
createServer((socket) => {
	socket.on('error', () => {});
	socket.on('data', (chunk) => {
		for (const [, id] of String(chunk).matchAll(/x-daruma-id: (\\S+)/g)) console.log(id);
		socket.write('HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n');
	});
}).listen({ port: Number(process.argv[1]), host: '127.0.0.1', backlog: 1 }, () => console.log('ready'));
`;

const stopped = (child: ChildProcess): boolean => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.startsWith('T');

(process.platform === 'linux' ? test : test.skip)('a frozen server with a full accept queue: unsent is a proof, also after the thaw', async (t) => {
	const port = await freePort();
	const child = spawn(process.execPath, ['-e', SERVER, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
	t.teardown(() => child.kill('SIGKILL'));
	const said: string[] = [];
	child.stdout.on('data', (chunk) => said.push(...String(chunk).trim().split('\n')));
	await until(() => said.includes('ready'));
	child.kill('SIGSTOP');
	await until(() => stopped(child));
	const fillers: Socket[] = [];
	t.teardown(() => {
		for (const socket of fillers) socket.destroy();
	});
	for (let i = 0; i < 8; i++) fillers.push(connect(port, '127.0.0.1').on('error', () => {}));
	await until(() => fillers.some((socket) => !socket.connecting));

	const sender = await openSender('pooled');
	t.teardown(() => sender.close());
	const hanging = Array.from({ length: 5 }, (_, i) =>
		sender.send({ name: 'n1', host: '127.0.0.1', port }, { method: 'POST', path: '/', headers: { 'x-daruma-id': `r${i}` }, body: '{}' }, () => {}),
	);
	// Long enough for a connect that is going to succeed; those that hang are still unwritten.
	await new Promise((resolve) => setTimeout(resolve, 150));
	const unsent = hanging.map((sending) => sending.abandon());
	t.true(unsent.filter(Boolean).length >= 3, `of five connects ${unsent.filter(Boolean).length} hang`);

	child.kill('SIGCONT');
	const answered = new Promise((resolve) => {
		sender.send({ name: 'n1', host: '127.0.0.1', port }, { method: 'GET', path: '/', headers: { 'x-daruma-id': 'last' }, body: null }, resolve);
	});
	t.deepEqual(await answered, { kind: 'answered', status: 200 });
	await until(() => said.includes('last'));
	for (const [i, proven] of unsent.entries()) if (proven) t.false(said.includes(`r${i}`), `r${i} was called unsent and was read`);
});
