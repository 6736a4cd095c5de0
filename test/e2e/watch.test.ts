import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { listen } from '../probes/ask.js';
import { daruma, type Running, scratch, start } from './daruma.js';

// Each daruma that runs is to be ended with us.
process.setMaxListeners(30);

const schema = async (name: string): Promise<object> => JSON.parse(await readFile(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'));
// What all kinds share stands beside what is of each.
const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false });
const fits = ajv.compile(await schema('watch'));
const fitsProbe = ajv.compile(await schema('probe'));

// biome-ignore lint/suspicious/noExplicitAny: events of all kinds
type Told = any;

/** What was told so far, and who waits for more. */
const follow = (running: Running) => {
	const events: Told[] = [];
	let rest = '';
	let wake: () => void = () => {};
	running.child.stdout?.on('data', (text: string) => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() as string;
		for (const line of lines) events.push(JSON.parse(line));
		wake();
	});
	const until = async (which: (event: Told) => boolean, from = 0): Promise<Told> => {
		for (;;) {
			const found = events.slice(from).find(which);
			if (found) return found;
			await Promise.race([
				new Promise<void>((resolve) => (wake = resolve)),
				running.ended.then((ran) => Promise.reject(new Error(`it ended (${ran.code}): ${ran.stderr}`))),
			]);
		}
	};
	return { events, until };
};
const watch = (t: ExecutionContext, args: readonly string[]) => {
	const running = start(['watch', '--json', '--timeout', '10s', ...args]);
	t.teardown(() => running.child.kill('SIGKILL'));
	return { running, ...follow(running) };
};
const is = (endpoint: string, to: string) => (event: Told) => event.kind === 'state' && event.endpoint === endpoint && event.to === to;

const server = (t: ExecutionContext, answer: (url: string) => number = () => 200): Promise<number> =>
	listen(
		t,
		createServer((q, a) => {
			a.statusCode = answer(q.url ?? '');
			a.end('{"status":"UP"}');
		}),
	);
const post = async (url: string, body: unknown, method = 'POST'): Promise<{ status: number; body: Told }> => {
	const answer = await fetch(url, { method, ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
	return { status: answer.status, body: await answer.json() };
};

test('how it ends, and how it begins not at all', async (t) => {
	const up = `http://127.0.0.1:${await server(t)}/`;
	const down = `tcp://127.0.0.1:${await freePort()}`;
	const quick = ['--interval', '20ms', '--timeout', '10s'];
	for (const [args, code] of [
		[[up, '--for', '1500ms'], 0],
		[[up, down, '--count', '5'], 1],
		[['push:x', '--listen', '127.0.0.1:0', '--for', '300ms'], 3],
		[[up, '--listen', '0.0.0.0:0'], 5],
		[[up, '--listen', `127.0.0.1:${new URL(up).port}`], 4],
	] as const) {
		const ran = await daruma(['watch', ...quick, ...args]);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
		t.notRegex(ran.stderr, /at file:|bug/);
		if (code > 3) t.regex(ran.stderr, /^error: .*\nhint: .*\n$/);
		else t.regex(ran.stdout, /STATE +ENDPOINT/);
	}
	const wrong = await daruma(['watch', 'htp://h', '--json']);
	t.deepEqual([wrong.code, JSON.parse(wrong.stdout).error.code], [2, 'E_TARGET']);
});

test('off a terminal: a line per change, each with its times', async (t) => {
	const up = `http://127.0.0.1:${await server(t)}/`;
	const ran = await daruma(['watch', up, '--count', '2', '--interval', '20ms', '--timeout', '10s']);
	const [first, second] = ran.stdout.split('\n');
	t.regex(first as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \+\d+ms {2}watching 1 endpoint$/);
	t.regex(second as string, /Z \+\d+ms {2}http:\S+ {2}unknown → up: it answers$/);
	t.is(ran.stderr, '');
});

test('NDJSON by the schema: an endpoint goes down and comes back; SIGTERM ends it with what was seen', async (t) => {
	let status = 200;
	const port = await server(t, () => status);
	const { running, events, until } = watch(t, [`api=http://127.0.0.1:${port}/`, '--interval', '30ms', '--samples', '--detector', 'rise-fall fall=2 rise=1']);
	await until(is('api', 'up'));
	status = 503;
	const gone = await until(is('api', 'down'));
	t.like(gone, { from: 'suspect', by: 'probe', why: '2 missed in a row: status' });
	status = 200;
	await until(is('api', 'up'), events.indexOf(gone));
	running.child.kill('SIGTERM');
	const ran = await running.ended;
	t.is(ran.code, 143);
	t.is(ran.stderr, '');
	for (const event of events) t.true(fits(event), JSON.stringify([event, fits.errors]));
	t.true(events.every((event, i) => i === 0 || event.atMs >= events[i - 1].atMs));
	const end = events.at(-1);
	t.like(end, { kind: 'end', why: 'SIGTERM', result: { verdict: 'pass' } });
	t.true(fitsProbe(end.result), JSON.stringify(fitsProbe.errors));
	t.is(end.result.endpoints[0].sent, events.filter(({ kind }) => kind === 'sample').length);
});

test('reports: over HTTP and from agents; failing is down at once, silence too, load is a warning', async (t) => {
	const port = await server(t);
	const target = `http://127.0.0.1:${port}/`;
	const { events, until, running } = watch(t, [
		target,
		'push:w1',
		'--listen',
		'127.0.0.1:0',
		'--agent-listen',
		'127.0.0.1:0',
		'--ttl',
		'60s',
		'--interval',
		'50ms',
	]);
	const { listen: url, agentListen } = await until(({ kind }) => kind === 'start');
	await until(is(target, 'up'));
	// Said by the endpoint itself, though it answers.
	const failing = await post(`${url}/report/${encodeURIComponent(target)}`, { state: 'down', reason: 'disk-full', ttlMs: 60_000 });
	t.like(failing, { status: 200, body: { endpoint: target, state: 'down', why: 'it reports that it fails: disk-full' } });
	t.like(await until(is(target, 'down')), { by: 'report' });
	// By its address, too.
	t.like(await post(`${url}/report/127.0.0.1:${port}`, {}), { status: 200, body: { endpoint: target, state: 'up' } });
	t.like(await post(`${url}/report/w1`, { cpu_utilization: 1.5 }), { body: { state: 'warning', why: 'load 150 above 100', load: 150 } });
	t.like(await until(is('w1', 'warning')), { by: 'load' });
	// Good for 100 ms: then it is silent.
	await post(`${url}/report/w1`, { ttlMs: 100, load: 10 });
	await until(is('w1', 'up'));
	t.regex((await until(is('w1', 'down'))).why, /silent past its TTL of 100 ms/);

	const [host, agentPort] = agentListen.split(':');
	const agent = connect(Number(agentPort), host).setEncoding('utf8');
	t.teardown(() => agent.destroy());
	let heard = '';
	agent.on('data', (text) => (heard += text));
	agent.end('w1 up 50%\nw1 drain #moving\nnobody up\nw1 sideways\n');
	await once(agent, 'close');
	t.regex(heard, /^ok up\nok warning\nerror: no endpoint is called "nobody".*\nerror: expected up, down/);

	t.like(await post(`${url}/report/nobody`, {}), { status: 404 });
	t.like(await post(`${url}/report/w1`, '{'), { status: 400, body: { error: 'expected JSON' } });
	t.like(await post(`${url}/report/%ff`, {}), { status: 400 });
	t.is((await fetch(`${url}/report/w1`, { method: 'POST', body: 'x'.repeat(100_000) })).status, 413);
	t.is((await fetch(`${url}/report/w1`, { method: 'POST', body: '{}', headers: { origin: 'http://evil.example.com' } })).status, 403);
	t.is((await fetch(`${url}/status`, { method: 'DELETE' })).status, 405);
	t.is((await fetch(`${url}/else`)).status, 404);
	t.is(await (await fetch(`${url}/healthz`)).text(), 'ok\n');

	const status: Told = await (await fetch(`${url}/status`)).json();
	t.like(status, { schema: 'daruma.watch.status/1', states: { up: 1, warning: 1 } });
	t.like(
		status.endpoints.find(({ endpoint }: Told) => endpoint === 'w1'),
		{ state: 'warning', why: 'it reports drain: moving', weightPercent: 50, load: 10, protocol: 'push' },
	);
	const metrics = await fetch(`${url}/metrics`);
	t.regex(metrics.headers.get('content-type') as string, /^text\/plain; version=0\.0\.4/);
	const text = await metrics.text();
	t.true(text.includes(`daruma_watch_up{endpoint="${target}"} 1\n`), text);
	t.regex(text, /daruma_watch_weight_percent\{endpoint="w1"\} 50\n/);
	t.regex(text, /daruma_watch_requests_per_second [1-9]/);
	t.regex(text, /daruma_watch_bytes_per_second [1-9]/);

	// It signs off: its silence means nothing any more.
	t.like(await post(`${url}/report/w1`, null, 'DELETE'), { status: 200 });
	await until(({ kind, change, endpoint }) => kind === 'endpoint' && change === 'removed' && endpoint === 'w1');
	running.child.kill('SIGINT');
	t.is((await running.ended).code, 130);
	for (const event of events) t.true(fits(event), JSON.stringify([event, fits.errors]));
});

test('unknown names are taken when asked to', async (t) => {
	const { until } = watch(t, ['--accept-unknown', '--listen', '127.0.0.1:0']);
	const { listen: url } = await until(({ kind }) => kind === 'start');
	t.like(await post(`${url}/report/new-one`, { state: 'warning', message: 'slow disk' }), { status: 200, body: { state: 'warning' } });
	t.like(await until(({ kind }) => kind === 'endpoint'), { change: 'added', endpoint: 'new-one', source: 'report' });
});

test('hooks: told in words and environment, a failing one is told of, and none outlives us', async (t) => {
	const dir = scratch(t);
	const hook = join(dir, 'hook');
	writeFileSync(
		hook,
		`#!/bin/sh\necho "$@" "$DARUMA_ENDPOINT $DARUMA_TO" >> ${dir}/log\nif [ "$3" = up ]; then echo $$ > ${dir}/pid; exec sleep 1000; fi\necho cannot page >&2; exit 7\n`,
	);
	chmodSync(hook, 0o755);
	let status = 200;
	const port = await server(t, () => status);
	const { running, until } = watch(t, [`api=http://127.0.0.1:${port}/`, '--interval', '30ms', '--on-change', `${hook} {endpoint} {from} {to} '{reason}'`]);
	await until(is('api', 'up'));
	status = 500;
	const notice = await until(({ kind }) => kind === 'notice');
	t.like(notice, { about: 'hook', text: `${hook}: exit 7: cannot page` });
	t.is(readFileSync(join(dir, 'log'), 'utf8'), 'api up down 3 missed in a row: status api down\n');
	status = 200;
	while (!existsSync(join(dir, 'pid')) || readFileSync(join(dir, 'pid'), 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
	const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
	// Without any chance to clean up.
	running.child.kill('SIGKILL');
	for (;;) {
		try {
			if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) break;
		} catch {
			break;
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	t.pass();
});

test('a file of targets is followed; a bad one changes nothing', async (t) => {
	const file = join(scratch(t), 'targets');
	const port = await server(t);
	const url = (name: string): string => `${name}=http://127.0.0.1:${port}/${name}\n`;
	writeFileSync(file, url('a') + url('b'));
	const { events, until } = watch(t, [`fixed=http://127.0.0.1:${port}/`, '--targets', file, '--interval', '30ms']);
	for (const name of ['fixed', 'a', 'b']) await until(is(name, 'up'));
	writeFileSync(file, `${url('b')}what is this\n`);
	t.regex((await until(({ kind }) => kind === 'notice')).text, /targets:2: .*the last good list stays/);
	writeFileSync(file, url('b') + url('c'));
	await until(is('c', 'up'));
	await until(({ kind, change, endpoint }) => kind === 'endpoint' && change === 'removed' && endpoint === 'a');
	t.deepEqual(
		events.filter(({ kind }) => kind === 'endpoint').map(({ change, endpoint }) => `${endpoint} ${change}`),
		['c added', 'a removed'],
	);
});

/** In a process of its own: a busy test must not make it late. */
const SERVER = `const s = require('http').createServer((q, a) => a.end()).listen(0, '127.0.0.1', () => console.log(s.address().port))`;

test('stopped for two seconds under sixty endpoints, it calls nobody down', async (t) => {
	const own = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
	t.teardown(() => own.kill('SIGKILL'));
	const port = Number(String((await once(own.stdout, 'data'))[0]));
	const urls = Array.from({ length: 60 }, (_, i) => `n${i}=http://127.0.0.1:${port}/${i}`);
	const running = start(['watch', '--json', ...urls, 'push:w', '--listen', '127.0.0.1:0', '--interval', '500ms', '--timeout', '1900ms']);
	t.teardown(() => running.child.kill('SIGKILL'));
	const { events, until } = follow(running);
	const { listen: url } = await until(({ kind }) => kind === 'start');
	await post(`${url}/report/w`, { ttlMs: 1900 });
	for (let i = 0; i < 60; i++) await until(is(`n${i}`, 'up'));
	await post(`${url}/report/w`, { ttlMs: 1900 });
	const from = events.length;
	running.child.kill('SIGSTOP');
	await new Promise((resolve) => setTimeout(resolve, 2000));
	running.child.kill('SIGCONT');
	const pause = await until(({ kind, forMs }) => kind === 'pause' && forMs > 1500, from);
	await post(`${url}/report/w`, { ttlMs: 600_000 });
	// Each has been asked again since.
	const asked = async (): Promise<number> => {
		const status: Told = await (await fetch(`${url}/status`)).json();
		return Math.min(...status.endpoints.filter(({ protocol }: Told) => protocol === 'http').map(({ ok }: Told) => ok));
	};
	const before = await asked();
	while ((await asked()) < before + 3) await new Promise((resolve) => setTimeout(resolve, 50));
	t.deepEqual(
		events.slice(from).filter(({ kind, to }) => kind === 'state' && to === 'down'),
		[],
		`a pause of ${pause.forMs} ms`,
	);
	running.child.kill('SIGINT');
	const { code } = await running.ended;
	t.is(code, 130);
	t.true(events.at(-1).result.pauses.count >= 1);
});

test('a full pipe does not hold it up, and what was lost is told', async (t) => {
	const port = await server(t);
	const urls = Array.from({ length: 30 }, (_, i) => `n${i}=http://127.0.0.1:${port}/${i}`);
	const running = start(['watch', '--json', '--samples', ...urls, '--interval', '20ms', '--listen', '127.0.0.1:0', '--timeout', '10s']);
	t.teardown(() => running.child.kill('SIGKILL'));
	const { events, until } = follow(running);
	const { listen: url } = await until(({ kind }) => kind === 'start');
	running.child.stdout?.pause();
	for (;;) {
		const status: Told = await (await fetch(`${url}/status`)).json();
		if (status.droppedEvents > 100) break;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	running.child.stdout?.resume();
	const dropped = await until(({ kind }) => kind === 'dropped');
	t.true(dropped.events > 0);
	const next = await until(({ kind }) => kind === 'sample', events.indexOf(dropped) + 1);
	t.true(fits(next));
	running.child.kill('SIGINT');
	t.is((await running.ended).code, 130);
});

test('whoever stops reading ends it', async (t) => {
	const port = await server(t);
	const running = start(['watch', '--samples', `http://127.0.0.1:${port}/`, '--interval', '10ms', '--timeout', '10s']);
	t.teardown(() => running.child.kill('SIGKILL'));
	await once(running.child.stdout as NonNullable<typeof running.child.stdout>, 'data');
	running.child.stdout?.destroy();
	t.is((await running.ended).code, 0);
});
