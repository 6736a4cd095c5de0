import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { haproxy } from '../../src/subjects/haproxy.js';
import { accepts, FIXTURES, have, openStage, scratch, send, tinyNode } from './stage.js';

const DEFAULT = { kind: 'haproxy', config: 'default' } as const;

test.serial('the default is accepted for one, three and five nodes, and says what it is', async (t) => {
	if (!have(t, 'haproxy')) return;
	for (const replicas of [1, 3, 5]) {
		const facts = await haproxy.check(DEFAULT, replicas);
		t.regex(facts.version ?? '', /^\d+\.\d+/);
		t.is(facts.witness, 'its log');
	}
});

for (const name of ['haproxy-no-check.cfg', 'haproxy-check.cfg', 'haproxy-redispatch.cfg', 'haproxy-retry-all.cfg']) {
	test.serial(`${name} is accepted`, async (t) => {
		if (!have(t, 'haproxy')) return;
		t.is((await haproxy.check({ kind: 'haproxy', config: join(FIXTURES, name) }, 3)).witness, 'its log');
	});
}

test.serial('requests pass with their id, one attempt each at the node that received it; nothing is left', async (t) => {
	if (!have(t, 'haproxy')) return;
	const nodes = [await tinyNode(t, 'n1'), await tinyNode(t, 'n2'), await tinyNode(t, 'n3')] as const;
	const stage = await openStage(t, nodes);
	const subject = await haproxy.start(DEFAULT, stage);
	const target = subject.target!;
	const requests = [await send(stage, target, 'r1'), await send(stage, target, 'r2', 'POST'), await send(stage, target, 'r3')];
	const attempts = await subject.witness(requests);
	t.deepEqual(subject.notes, []);
	t.deepEqual(
		attempts.map((a) => [a.id, a.n, a.outcome, a.by]),
		['r1', 'r2', 'r3'].map((id) => [id, 1, 'ok', 'haproxy']),
	);
	for (const a of attempts) {
		t.true(nodes.find((n) => n.name === a.node)?.received.includes(a.id));
		const request = requests.find((r) => r.id === a.id)!;
		t.true(a.t >= request.sentMs && a.t <= request.endMs + 100 && a.endMs <= request.endMs + 100);
	}
	await subject.stop();
	t.false(await accepts(target));
	t.regex(await subject.exited, /ended by itself/);
});

test.serial('on a kept-alive connection each attempt lies within its own request, however long the pause between them', async (t) => {
	if (!have(t, 'haproxy')) return;
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const subject = await haproxy.start(DEFAULT, stage);
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	t.teardown(() => agent.destroy());
	const requests = [];
	for (const id of ['r1', 'r2', 'r3']) {
		requests.push(await send(stage, subject.target!, id, 'GET', 5000, agent));
		await new Promise((resolve) => setTimeout(resolve, 120));
	}
	const attempts = await subject.witness(requests);
	t.is(attempts.length, 3);
	for (const [i, a] of attempts.entries()) {
		const request = requests[i]!;
		t.true(a.t >= request.sentMs && a.endMs <= request.endMs + 100, `${a.t}…${a.endMs} is not within ${request.sentMs}…${request.endMs}`);
	}
	await subject.stop();
});

test.serial('no check, no redispatch: a refused node gets all four tries of a request, and none left', async (t) => {
	if (!have(t, 'haproxy')) return;
	const nodes = [await tinyNode(t, 'n1'), await tinyNode(t, 'n2'), await tinyNode(t, 'n3')] as const;
	await nodes[1].close();
	const stage = await openStage(t, nodes);
	const subject = await haproxy.start({ kind: 'haproxy', config: join(FIXTURES, 'haproxy-no-check.cfg') }, stage);
	const requests = await Promise.all(['r1', 'r2', 'r3'].map((id) => send(stage, subject.target!, id, 'GET', 10_000)));
	t.is(requests.filter((r) => r.status === 503).length, 1);
	const bad = requests.find((r) => r.status === 503)!;
	const attempts = await subject.witness(requests);
	t.deepEqual(
		attempts.filter((a) => a.id === bad.id).map((a) => [a.n, a.node, a.outcome]),
		[1, 2, 3, 4].map((n) => [n, 'n2', 'unsent']),
	);
	t.is(attempts.filter((a) => a.id !== bad.id).length, 2);
	await subject.stop();
});

test.serial('redispatch and retry-on all: the first try is at a node that the log does not name', async (t) => {
	if (!have(t, 'haproxy')) return;
	const nodes = [await tinyNode(t, 'n1', 'resets'), await tinyNode(t, 'n2'), await tinyNode(t, 'n3')] as const;
	const stage = await openStage(t, nodes);
	const subject = await haproxy.start({ kind: 'haproxy', config: join(FIXTURES, 'haproxy-retry-all.cfg') }, stage);
	const requests = [];
	for (const id of ['r1', 'r2', 'r3']) requests.push(await send(stage, subject.target!, id, 'POST'));
	t.true(requests.every((r) => r.outcome === 'ok'));
	const replayed = nodes[0].received.filter((id) => id !== '');
	t.true(replayed.length >= 1);
	const attempts = await subject.witness(requests);
	for (const id of replayed) {
		const mine = attempts.filter((a) => a.id === id);
		t.deepEqual(
			mine.map((a) => [a.node === null, a.outcome]),
			[
				[true, 'failed'],
				[false, 'ok'],
			],
		);
	}
	t.is(attempts.length, requests.length + replayed.length);
	await subject.stop();
});

test.serial('a file that does not opt in is no witness, and that is said; what is not ours is left out of it', async (t) => {
	if (!have(t, 'haproxy')) return;
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const config = join(scratch(t), 'own.cfg');
	writeFileSync(
		config,
		'global\n  stats socket /run/haproxy/never-this.sock\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nlisten l\n  bind {listen}\n  server a {n1}\n',
	);
	const subject = await haproxy.start({ kind: 'haproxy', config }, stage);
	const request = await send(stage, subject.target!, 'r1');
	t.is(request.status, 200);
	t.deepEqual(await subject.witness([request]), []);
	t.regex(subject.notes.join('\n'), /line 2 of the HAProxy file was left out: stats socket/);
	t.regex(subject.notes.join('\n'), /no witness of its attempts: the file does not opt in/);
	await subject.stop();
});

for (const [name, text, code, said] of [
	[
		'bad syntax',
		'defaults\n  mode http\nfrontend f\n  bind {listen}\n  foo bar\nbackend b\n  server a {n1}\n',
		'E_SUBJECT_CONFIG',
		/own\.cfg:5: haproxy: unknown keyword 'foo'/,
	],
	[
		'a backend that is not there',
		'frontend f\n  mode http\n  bind {listen}\n  default_backend nosuch\nbackend b\n  server a {n1}\n',
		'E_SUBJECT_CONFIG',
		/haproxy: .*nosuch/,
	],
	['no {listen}', 'listen l\n  bind :8080\n  server a {n1}\n', 'E_TEMPLATE', /\{listen\} is nowhere/],
	['a node too many', 'listen l\n  bind {listen}\n  server a {n4}\n', 'E_TEMPLATE', /own\.cfg:3: \{n4\}/],
] as const) {
	test.serial(`${name}: exit 2`, async (t) => {
		if (!have(t, 'haproxy')) return;
		const config = join(scratch(t), 'own.cfg');
		writeFileSync(config, text);
		const error = await t.throwsAsync<Error & { code: string; exit: number }>(haproxy.check({ kind: 'haproxy', config }, 3));
		t.is(error?.code, code, error?.message);
		t.is(error?.exit, 2);
		t.regex(error?.message ?? '', said);
	});
}

test.serial('a second port of the file that is taken: exit 4', async (t) => {
	if (!have(t, 'haproxy')) return;
	const port = await freePort();
	const blocker = createServer();
	await new Promise<void>((resolve) => void blocker.listen(port, '127.0.0.1', resolve));
	t.teardown(() => void blocker.close());
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const config = join(scratch(t), 'own.cfg');
	writeFileSync(
		config,
		readFileSync(join(FIXTURES, 'haproxy-no-check.cfg'), 'utf8')
			.replace('bind {listen}', `bind {listen}\n\tbind 127.0.0.1:${port}`)
			.replace(/\tserver n[23].*\n/g, ''),
	);
	const error = await t.throwsAsync<Error & { code: string; exit: number }>(haproxy.start({ kind: 'haproxy', config }, stage));
	t.is(error?.code, 'E_PORT_IN_USE', error?.message);
	t.is(error?.exit, 4);
	t.true(error?.message.includes(String(port)), error?.message);
});
