import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { daruma, type Running, scratch, start } from './daruma.js';
import { exerciseVerbs } from './proxy-verbs.js';

interface Served {
	running: Running;
	begun: { url: string; seed: number; proxies: { name: string; listen: string }[] };
}

/** `daruma proxy serve --json`, up. */
const serve = async (t: ExecutionContext, args: readonly string[] = []): Promise<Served> => {
	const running = start(['proxy', 'serve', '--port', '0', '--json', ...args]);
	t.teardown(async () => {
		running.child.kill('SIGKILL');
		await running.ended;
	});
	let said = '';
	while (!said.includes('\n')) {
		const [chunk] = (await Promise.race([once(running.child.stdout!, 'data'), running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))])) as [
			Buffer,
		];
		said += chunk;
	}
	return { running, begun: JSON.parse(said) };
};

test('serve and the everyday verbs, each in a process of its own', async (t) => {
	const { running, begun } = await serve(t);
	await exerciseVerbs(t, begun.url);
	running.child.kill('SIGTERM');
	const ended = await running.ended;
	t.is(ended.code, 0, 'as toxiproxy-server ends');
	t.is(ended.stdout.trim().split('\n').length, 1, 'one document');
});

test('a config brings proxies with their toxics; SIGINT ends it and frees the ports', async (t) => {
	const file = join(scratch(t), 'proxies.json');
	const port = await freePort();
	writeFileSync(
		file,
		JSON.stringify([
			{ name: 'redis', listen: `127.0.0.1:${port}`, upstream: 'localhost:1', toxics: [{ type: 'latency', attributes: { latency: 5 } }] },
			{ name: 'off', listen: 'localhost:0', upstream: 'localhost:1', enabled: false },
		]),
	);
	const { running, begun } = await serve(t, ['--config', file, '--seed', '7']);
	t.is(begun.seed, 7);
	t.deepEqual(begun.proxies, [
		{ name: 'redis', listen: `127.0.0.1:${port}`, upstream: 'localhost:1' },
		{ name: 'off', listen: 'localhost:0', upstream: 'localhost:1' },
	] as never);
	const shown = (await (await fetch(`${begun.url}/proxies/redis`)).json()) as { toxics: unknown };
	t.deepEqual(shown.toxics, [{ attributes: { latency: 5, jitter: 0 }, name: 'latency_downstream', type: 'latency', stream: 'downstream', toxicity: 1 }]);
	running.child.kill('SIGINT');
	t.is((await running.ended).code, 0);
	await t.throwsAsync(fetch(`http://127.0.0.1:${port}`));
	await t.throwsAsync(fetch(begun.url));
});

test('what cannot be served is told in one message, and nothing is left listening', async (t) => {
	const file = join(scratch(t), 'proxies.json');
	const told = async (config: string, code: number, error: string, message: RegExp): Promise<void> => {
		writeFileSync(file, config);
		const ran = await daruma(['proxy', 'serve', '--port', '0', '--config', file, '--json']);
		t.is(ran.code, code, ran.stdout);
		t.is(JSON.parse(ran.stdout).error.code, error);
		t.regex(JSON.parse(ran.stdout).error.message, message);
	};
	await told('[{"name":"x"}]', 2, 'E_CONFIG', /proxies\.json: missing required field: upstream at proxy 1/);
	await told('{}', 2, 'E_CONFIG', /cannot unmarshal object/);
	await told('[{"name":"x","upstream":"y","toxics":[{"type":"nope"}]}]', 2, 'E_CONFIG', /invalid toxic type in toxic 1 at proxy 1/);
	await told('[{"name":"x","upstream":"y","listen":"nowhere"}]', 4, 'E_LISTEN', /missing port in address/);
	t.is((await daruma(['proxy', 'serve', '--port', '0', '--config', join(scratch(t), 'absent.json')])).code, 2);
	const { begun } = await serve(t);
	const taken = await daruma(['proxy', 'serve', '--port', new URL(begun.url).port]);
	t.is(taken.code, 4);
	t.regex(taken.stderr, /cannot listen on 127\.0\.0\.1:\d+.*\n.*--port/);
});

test('where no API answers, the verbs say so', async (t) => {
	const url = `http://127.0.0.1:${await freePort()}`;
	const ran = await daruma(['proxy', 'list', '--host', url, '--json']);
	t.is(ran.code, 4);
	t.is(JSON.parse(ran.stdout).error.code, 'E_NO_TOXIPROXY');
	t.is((await daruma(['proxy', 'list', '--host', 'http://'])).code, 2);
});

test('datagrams: a config, the verbs, and a client through it', async (t) => {
	const upstream = createSocket('udp4');
	t.teardown(() => upstream.close());
	upstream.on('message', (bytes, from) => upstream.send(`re: ${bytes}`, from.port, from.address));
	upstream.bind(0, '127.0.0.1');
	await once(upstream, 'listening');
	const file = join(scratch(t), 'proxies.json');
	const to = `udp://127.0.0.1:${upstream.address().port}`;
	writeFileSync(
		file,
		JSON.stringify([{ name: 'dns', listen: `udp://127.0.0.1:${await freePort()}`, upstream: to, toxics: [{ type: 'reorder', attributes: { rate: 0.5 } }] }]),
	);
	const { begun } = await serve(t, ['--config', file, '--seed', '7']);
	const listen = begun.proxies[0]?.listen ?? '';
	t.regex(listen, /^udp:\/\/127\.0\.0\.1:\d+$/);
	const verb = async (...args: string[]): Promise<string> => {
		const { stdout, stderr } = await daruma(['proxy', ...args, '--host', begun.url]);
		return stdout + stderr;
	};
	t.is(await verb('inspect', 'dns'), 'reorder_downstream\ttype=reorder\tstream=downstream\ttoxicity=1.00\tattributes=[\tgap=1\thold=100\trate=0.5\t]\n');
	t.regex(await verb('toxic', 'add', '-t', 'slicer', '-a', 'average_size=1', 'dns'), /HTTP 400: slicer works on connections, not on datagrams/);
	t.regex(await verb('create', '-l', '127.0.0.1:0', '-u', to, 'mixed'), /HTTP 400: upstream is udp:.*listen must be udp/);
	t.is(await verb('toggle', 'dns'), 'Proxy dns is now disabled\n');
	t.is(await verb('toggle', 'dns'), 'Proxy dns is now enabled\n');
	t.is(await verb('list'), `dns\t${listen}\t${to}\tenabled\t1\n`);
	const client = createSocket('udp4');
	t.teardown(() => client.close());
	const heard = new Set<string>();
	client.on('message', (bytes) => heard.add(bytes.toString()));
	for (const question of ['a', 'b', 'c']) client.send(question, Number(listen.split(':').pop()), '127.0.0.1');
	while (heard.size < 3) await new Promise((resolve) => setTimeout(resolve, 5));
	t.deepEqual([...heard].sort(), ['re: a', 're: b', 're: c']);
});
