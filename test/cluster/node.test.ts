import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DarumaError } from '../../src/model/errors.js';
import type { Event } from '../../src/model/event.js';
import { askHttp } from '../../src/probes/ask-http.js';
import { askTcp } from '../../src/probes/ask-tcp.js';
import { fault } from '../proxy/stage.js';
import { stage } from './stage.js';

const ask = (node: { host: string; port: number }, id: string, timeoutMs = 5000) => askHttp(node, '/task', { timeoutMs, headers: { 'x-daruma-id': id } });
const of = (events: Event[], id: string): string[] => events.filter((e) => 'id' in e && e.id === id).map((e) => e.kind);

test('crash: the whole group dies with the request in its hands, and the receipt is on disk', async (t) => {
	const { cluster, events, nodeEvents } = await stage(t, { replica: { kind: 'http', serviceMs: 200 } });
	await cluster.start();
	const node = cluster.nodes[0]!;
	const crashing = new Promise<number>((resolve) => node.ward?.onMessage((m) => m.kind === 'crashing' && resolve(m.t as number)));
	await node.setTapFault(fault('crash'));
	const answer = await ask(node, 'r1');
	t.deepEqual([answer.ok, answer.reason], [false, 'ECONNRESET']);
	const exit = await node.ward!.exited;
	t.is(exit.signal, 'SIGKILL');
	t.true((await crashing) > 0);
	t.is((await askTcp(node, { timeoutMs: 1000 })).reason, 'ECONNREFUSED');
	const seen = of(await events(), 'r1');
	t.is(seen[0], 'receipt');
	t.false(seen.includes('executed'));
	await node.start();
	t.true((await ask(node, 'r2')).ok, 'the fault died with the tap');
	t.deepEqual(
		nodeEvents.map((e) => `${e.life} ${e.step} ${e.step === 'exited' ? e.detail : ''}`.trim()),
		['1 started', '1 ready', '1 exited SIGKILL', '2 started', '2 ready'],
	);
});

test('a tap fault is on when its promise resolves, and off again', async (t) => {
	const { cluster } = await stage(t, {});
	await cluster.start();
	const node = cluster.nodes[0]!;
	await node.setTapFault(fault('error', { status: 500 }));
	t.is((await ask(node, 'r1')).status, 500);
	await node.setTapFault(null);
	t.is((await ask(node, 'r2')).status, 200);
	await node.kill();
	await node.setTapFault(null);
	const error = (await t.throwsAsync(node.setTapFault(fault('error')))) as DarumaError;
	t.is(error.code, 'E_NODE_DOWN');
});

test('terminate: the request under way is answered, new ones are refused, the node ends with code 0', async (t) => {
	const { cluster, events } = await stage(t, { replica: { kind: 'http', serviceMs: 300 } });
	await cluster.start();
	const node = cluster.nodes[0]!;
	const underWay = ask(node, 'r1');
	while (!of(await events(), 'r1').includes('received')) await new Promise((resolve) => setTimeout(resolve, 5));
	await node.terminate();
	while ((await askTcp(node, { timeoutMs: 1000 })).ok) await new Promise((resolve) => setTimeout(resolve, 5));
	t.true((await underWay).ok);
	t.deepEqual(await node.ward!.exited, { code: 0, signal: null });
	t.deepEqual(of(await events(), 'r1'), ['receipt', 'received', 'executed', 'response']);
});

test('every tap records the lag of its own event loop', async (t) => {
	const { cluster, history } = await stage(t, { replicas: 2 });
	await cluster.start();
	while (!readFileSync(history, 'utf8').includes('"process":"tap:n2"')) await new Promise((resolve) => setTimeout(resolve, 20));
	t.pass();
});

const FULL = '/dev/full';
(existsSync(FULL) ? test : test.skip)('a history that cannot be written stops the run', async (t) => {
	const { symlinkSync, rmSync } = await import('node:fs');
	const { cluster, fatal, history, folder } = await stage(t, {
		replica: {
			kind: 'command',
			argv: [process.execPath, '-e', 'require("node:http").createServer((q, a) => a.end()).listen(Number(process.argv[1]), "127.0.0.1")', '{port}'],
			env: {},
			cwd: '/',
			ready: { check: { kind: 'http', path: '/' }, withinMs: 20_000 },
		},
	});
	rmSync(history);
	symlinkSync(FULL, join(folder, 'history.ndjson'));
	// It shows at the first line written: before the node is ready, or after.
	let error = await cluster.start().then(
		() => fatal[0],
		(thrown) => thrown as Error,
	);
	while (!error) {
		await ask(cluster.nodes[0]!, 'r1');
		error = fatal[0];
	}
	if (!(error instanceof DarumaError)) throw error;
	t.deepEqual([error.code, error.exit], ['E_HISTORY_WRITE', 4]);
	t.regex(error.message, /ENOSPC/);
});
