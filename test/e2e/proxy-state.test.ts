import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { daruma, type Running, scratch, start } from './daruma.js';

/** The first whole line of its stdout. */
const firstLine = async ({ child, ended }: Running): Promise<string> => {
	let said = '';
	while (!said.includes('\n')) {
		const failed = ended.then(({ stderr }) => Promise.reject(new Error(stderr)));
		const [chunk] = (await Promise.race([once(child.stdout!, 'data'), failed])) as [string];
		said += chunk;
	}
	return said.slice(0, said.indexOf('\n'));
};
const running = (t: ExecutionContext, args: readonly string[]): Running => {
	const started = start(args);
	t.teardown(async () => {
		started.child.kill('SIGKILL');
		await started.ended;
	});
	return started;
};
const serve = async (t: ExecutionContext, args: readonly string[]): Promise<{ server: Running; url: string }> => {
	const server = running(t, ['proxy', 'serve', '--port', '0', '--json', ...args]);
	return { server, url: JSON.parse(await firstLine(server)).url };
};
const send = (url: string, body: object): Promise<Response> => fetch(url, { method: 'POST', body: JSON.stringify(body) });

test('--state: killed in the middle of changes, the file is whole and holds all but the last moment; then all is there again', async (t) => {
	const state = join(scratch(t), 'state.json');
	const { server, url } = await serve(t, ['--state', state, '--proxy-metrics', '--runtime-metrics']);
	await send(`${url}/proxies`, { name: 'p', listen: '127.0.0.1:0', upstream: 'x:1' });
	while (!readFileSync(state, 'utf8').includes('"p"')) await new Promise((resolve) => setTimeout(resolve, 5));
	t.regex(await (await fetch(`${url}/metrics`)).text(), /^process_resident_memory_bytes \d/m);
	let changes = 0;
	const changing = (async () => {
		for (; changes < 10_000; changes++) await send(`${url}/proxies/p/toxics`, { type: 'latency', name: `t${changes}`, attributes: { latency: changes } });
	})().catch(() => {});
	while (changes < 50) await new Promise((resolve) => setTimeout(resolve, 1));
	server.child.kill('SIGKILL');
	await server.ended;
	await changing;
	const saved = JSON.parse(readFileSync(state, 'utf8'));
	t.is(saved[0].name, 'p');
	t.deepEqual(
		saved[0].toxics.map(({ name }: { name: string }) => name),
		saved[0].toxics.map((_: unknown, i: number) => `t${i}`),
		'a beginning of the changes, none left out',
	);
	const again = await serve(t, ['--state', state]);
	const shown = (await (await fetch(`${again.url}/proxies/p`)).json()) as { toxics: unknown[]; listen: string };
	t.is(shown.toxics.length, saved[0].toxics.length);
	t.is(shown.listen, saved[0].listen);
	await send(`${again.url}/proxies/p/toxics`, { type: 'noop', name: 'last' });
	again.server.child.kill('SIGTERM');
	t.is((await again.server.ended).code, 0);
	t.is(JSON.parse(readFileSync(state, 'utf8'))[0].toxics.at(-1).name, 'last', 'flushed at the end');
	writeFileSync(state, readFileSync(state, 'utf8').slice(0, 50));
	const damaged = await daruma(['proxy', 'serve', '--port', '0', '--state', state, '--json']);
	t.is(damaged.code, 2, damaged.stdout);
	t.is(JSON.parse(damaged.stdout).error.code, 'E_STATE');
	t.regex(JSON.parse(damaged.stdout).error.message, /state\.json is damaged: .*unexpected EOF/);
});

test('events: a line each, of one proxy if asked; a server that has none', async (t) => {
	const { server, url } = await serve(t, []);
	for (const name of ['p', 'q']) await send(`${url}/proxies`, { name, listen: '127.0.0.1:0', upstream: '127.0.0.1:1' });
	const json = running(t, ['proxy', 'events', '--host', url, '--proxy', 'q', '--json']);
	const text = running(t, ['proxy', 'events', '--host', url]);
	let over = false;
	const happening = (async () => {
		for (let i = 0; !over; i++) {
			for (const name of ['p', 'q']) await send(`${url}/proxies/${name}/toxics`, { type: 'noop', name: `t${i}` });
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	})();
	const [first, line] = await Promise.all([firstLine(json), firstLine(text)]);
	over = true;
	await happening;
	t.like(JSON.parse(first), { proxy: 'q', kind: 'toxic-added' });
	t.regex(line, /^\d+\.\d{3} [pq] toxic-added t\d+$/);
	server.child.kill('SIGTERM');
	for (const follower of [json, text]) t.is((await follower.ended).code, 0, 'it ends with the server');
	const said = (await json.ended).stdout.trim().split('\n');
	t.deepEqual([...new Set(said.map((each) => JSON.parse(each).proxy))], ['q']);

	const toxiproxy = createServer((_, answer) => answer.writeHead(404).end('404 page not found\n')).listen(0, '127.0.0.1');
	await once(toxiproxy, 'listening');
	t.teardown(() => toxiproxy.close());
	const none = await daruma(['proxy', 'events', '--host', `http://127.0.0.1:${(toxiproxy.address() as AddressInfo).port}`]);
	t.is(none.code, 1);
	t.regex(none.stderr, /tells no events \(HTTP 404\); a real Toxiproxy has none/);
});
