import test from 'ava';
import { hostPort } from '../../src/model/endpoint.js';
import type { DarumaError } from '../../src/model/errors.js';
import { askHttp } from '../../src/probes/ask-http.js';
import { askTcp } from '../../src/probes/ask-tcp.js';
import { stage } from './stage.js';

const ask = (node: { host: string; port: number }, id: string) => askHttp(node, '/task', { timeoutMs: 5000, headers: { 'x-daruma-id': id } });

test('three built-in replicas behind their taps: receipts, executions and responses of each request, in this order', async (t) => {
	const { cluster, events, nodeEvents } = await stage(t, { replicas: 3 });
	await cluster.start();
	t.deepEqual(
		cluster.nodes.map((n) => n.life),
		[1, 1, 1],
	);
	for (const [i, node] of cluster.nodes.entries()) {
		const answer = await ask(node, `r${i}`);
		t.true(answer.ok, JSON.stringify(answer));
	}
	await Promise.all(cluster.nodes.map((node) => node.kill()));
	const all = await events();
	for (const [i, node] of cluster.nodes.entries()) {
		const mine = all.filter((e) => 'id' in e && e.id === `r${i}`);
		t.deepEqual(mine.map((e) => e.kind).slice(0, 3), ['receipt', 'received', 'executed']);
		t.true(mine.every((e) => 'node' in e && e.node === node.name));
	}
	t.false(
		all.some((e) => 'id' in e && e.id?.startsWith('probe-')),
		'probes are in no ledger',
	);
	t.deepEqual(
		nodeEvents.filter((e) => e.node === 'n2').map((e) => e.step),
		['started', 'ready', 'exited'],
	);
	for (const node of cluster.nodes) t.is((await askTcp(node, { timeoutMs: 500 })).reason, 'ECONNREFUSED');
});

test('a killed node starts again on the same port, as its second life', async (t) => {
	const { cluster, events } = await stage(t, {});
	await cluster.start();
	const node = cluster.nodes[0]!;
	const { port } = node;
	await node.kill();
	await node.start();
	t.is(node.port, port);
	t.is(node.life, 2);
	t.true((await ask(node, 'r1')).ok);
	const receipt = (await events()).find((e) => e.kind === 'receipt');
	t.is(receipt?.kind === 'receipt' ? receipt.life : null, 2);
});

test('any command is a replica: templates, environment and log', async (t) => {
	const program = `
		const { createServer } = require('node:http');
		createServer((q, a) => a.end(JSON.stringify({ argv: process.argv.slice(1), env: process.env.GREETING, listen: process.env.DARUMA_LISTEN }))).listen(Number(process.argv[1]), '127.0.0.1', () => console.log('up and running'));`;
	const { cluster, folder } = await stage(t, {
		replicas: 2,
		replica: {
			kind: 'command',
			argv: [process.execPath, '-e', program, '{port}', '{n1}', '{n2}', '{dir}', '{{port}}', '{other}'],
			env: { GREETING: 'from {n2}' },
			cwd: '/',
			ready: { check: { kind: 'log', pattern: '^up and' }, withinMs: 15_000 },
		},
	});
	await cluster.start();
	const [n1, n2] = cluster.nodes;
	const answer = await fetch(`http://${hostPort(n2!)}/`);
	const told = (await answer.json()) as { argv: string[]; env: string; listen: string };
	t.is(told.listen, `127.0.0.1:${told.argv[0]}`);
	t.deepEqual(told.argv.slice(1), [hostPort(n1!), hostPort(n2!), `${folder}/n2`, '{port}', '{other}']);
	t.is(told.env, `from ${hostPort(n2!)}`);
	await cluster.stop();
	for (const node of cluster.nodes) t.is((await askTcp(node, { timeoutMs: 500 })).reason, 'ECONNREFUSED');
});

/** Long enough that a busy machine has started the program, so that what is tested is what ends the wait. */
const failing = (argv: string[], cwd: string, withinMs: number) => ({
	kind: 'command' as const,
	argv,
	env: {},
	cwd,
	ready: { check: { kind: 'tcp' as const }, withinMs },
});
for (const [what, argv, cwd, code, text] of [
	['a command that is not found', ['no-such-program-anywhere'], '/', 'E_COMMAND', /command not found: no-such-program-anywhere/],
	['a working directory that is not there', [process.execPath], '/no/such/place', 'E_COMMAND', /working directory.*\/no\/such\/place/],
	['a replica that ends', [process.execPath, '-e', 'console.error("no config"); process.exit(3)'], '/', 'E_NOT_READY', /exited with code 3.*\n.*no config/],
	[
		'a replica that never listens',
		[process.execPath, '-e', 'console.log("thinking"); setInterval(() => {}, 1000)'],
		'/',
		'E_NOT_READY',
		/5000 ms.*\n.*thinking/,
	],
] as const) {
	test(`${what} is one clear message, exit code 4, and leaves nothing running`, async (t) => {
		const { cluster } = await stage(t, { replica: failing([...argv], cwd, what.includes('never') ? 5000 : 20_000) });
		const error = (await t.throwsAsync(cluster.start())) as DarumaError;
		t.is(error.code, code);
		t.is(error.exit, 4);
		t.regex(error.message, text);
		t.false(cluster.nodes[0]!.ward?.running ?? false);
	});
}

test('a port that is taken at the first start is given up for another, once', async (t) => {
	const { cluster } = await stage(t, { replicas: 2 });
	const taken = cluster.nodes[1]!.port;
	const { createServer } = await import('node:net');
	const squatter = createServer().listen(taken, '127.0.0.1');
	t.teardown(() => squatter.close());
	await new Promise((resolve) => squatter.once('listening', resolve));
	await cluster.start();
	t.not(cluster.nodes[1]!.port, taken);
	t.true((await ask(cluster.nodes[1]!, 'r1')).ok);
});
