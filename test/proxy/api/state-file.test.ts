import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ProxyServer, type ServeOptions, serveProxy } from '../../../src/proxy/api/serve.js';
import { StateFile } from '../../../src/proxy/api/state-file.js';
import { soon } from '../stage.js';
import { good } from '../tls-stage.js';
import { ask, type Reply } from './ask.js';

const folder = (t: ExecutionContext): string => {
	const path = mkdtempSync(join(tmpdir(), 'daruma-state-'));
	t.teardown(() => rmSync(path, { recursive: true, force: true }));
	return path;
};
const served = async (t: ExecutionContext, options: ServeOptions): Promise<ProxyServer> => {
	const server = await serveProxy({ port: 0, seed: 1, ...options });
	t.teardown(() => server.close().catch(() => {}));
	return server;
};
const told = (server: ProxyServer, method: string, path: string, body?: unknown): Promise<Reply> =>
	ask(server.url, { method, path, ...(body !== undefined && { body: JSON.stringify(body) }) });
const shown = async (server: ProxyServer): Promise<unknown> => JSON.parse((await told(server, 'GET', '/proxies')).body);

test('what was there is there again: proxies, toxics in their order, options, schedules; and it is a config', async (t) => {
	const dir = folder(t);
	const state = join(dir, 'state.json');
	const paths = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
	writeFileSync(paths.cert, good.cert);
	writeFileSync(paths.key, good.key);
	const first = await served(t, { state });
	t.is(readFileSync(state, 'utf8'), '[]\n');
	await told(first, 'POST', '/proxies', {
		name: 'a"\n<',
		listen: '127.0.0.1:0',
		upstream: 'x:1',
		half_close: true,
		tls: paths,
		upstream_tls: { insecure: true },
	});
	await told(first, 'POST', '/proxies', { name: 'off', listen: 'localhost:0', upstream: 'x:1', enabled: false, dial_timeout: 7 });
	await told(first, 'POST', '/proxies', { name: 'u', listen: `unix:${dir}/u.sock`, upstream: `unix:${dir}/v.sock` });
	await told(first, 'POST', '/proxies', { name: 'gone', listen: '127.0.0.1:0', upstream: 'x:1' });
	for (const [name, more] of [
		['z', { on: 5, off: 6 }],
		['b', { start: 60_000, client: '10.0.0.0/8' }],
		['c', { toxicity: 0.7, duration: 60_000 }],
	] as const)
		await told(first, 'POST', '/proxies/off/toxics', {
			type: 'latency',
			name,
			attributes: { latency: 9_007_199_254_740_991, distribution: 'pareto' },
			...more,
		});
	await told(first, 'DELETE', '/proxies/gone');
	await told(first, 'PATCH', '/proxies/off/toxics/b', { attributes: { jitter: 3 } });
	const before = await shown(first);
	await first.close();
	t.false(readFileSync(state, 'utf8').includes('PRIVATE'));
	t.is(statSync(state).mode & 0o777, 0o600);
	const second = await served(t, { state });
	t.deepEqual(await shown(second), before);
	await second.close();
	const third = await served(t, { config: readFileSync(state) });
	t.deepEqual(await shown(third), before);
	t.deepEqual(readdirSync(dir).sort(), ['cert.pem', 'key.pem', 'state.json', 'u.sock']);
});

test('it is on disk soon after each kind of change, and whole at every moment', async (t) => {
	const state = join(folder(t), 'state.json');
	const server = await served(t, { state });
	const saved = (): { enabled: boolean; toxics: unknown[]; half_close?: boolean }[] => JSON.parse(readFileSync(state, 'utf8'));
	const until = async (what: string, seen: () => boolean): Promise<void> => {
		for (const give = Date.now() + 10_000; !seen(); ) {
			if (Date.now() > give) throw new Error(`${what}: ${readFileSync(state, 'utf8')}`);
			await soon(1);
		}
	};
	const change = async (what: string, method: string, path: string, body: object | undefined, seen: () => boolean): Promise<void> => {
		t.true((await told(server, method, path, body)).status < 300, what);
		await until(what, seen);
	};
	await change('created', 'POST', '/proxies', { name: 'p', listen: '127.0.0.1:0', upstream: 'x:1' }, () => saved().length === 1);
	await change('toxic', 'POST', '/proxies/p/toxics', { type: 'noop', duration: 400 }, () => saved()[0]?.toxics.length === 1);
	await until('expired', () => saved()[0]?.toxics.length === 0);
	await change('options', 'POST', '/proxies/p', { half_close: true }, () => saved()[0]?.half_close === true);
	await change('disabled', 'POST', '/proxies/p', { enabled: false }, () => saved()[0]?.enabled === false);
	await change('reset', 'POST', '/reset', undefined, () => saved()[0]?.enabled === true);
	server.proxies.get('p')?.addToxic({ name: 'n', type: 'noop', stream: 'upstream', toxicity: 1, attributes: {} });
	await until('by the library', () => saved()[0]?.toxics.length === 1);
	await change('deleted', 'DELETE', '/proxies/p', undefined, () => saved().length === 0);
});

test('a config is for the first time only; a damaged state starts nothing', async (t) => {
	const state = join(folder(t), 'state.json');
	const config = JSON.stringify([{ name: 'c', listen: '127.0.0.1:0', upstream: 'x:1' }]);
	const first = await served(t, { state, config });
	t.truthy(first.proxies.get('c'));
	await told(first, 'DELETE', '/proxies/c');
	await first.close();
	const second = await served(t, { state, config });
	t.deepEqual(second.proxies.list(), []);
	await second.close();
	const whole = '[{"name":"p","listen":"127.0.0.1:0","upstream":"x:1","enabled":true,"toxics":[{"type":"noop"}]}]';
	for (const damaged of ['', '{}', whole.slice(0, 40), whole.replace('noop', 'nope'), whole.replace('"name":"p",', ''), '\0\0\0\0']) {
		writeFileSync(state, damaged);
		const error = await t.throwsAsync(serveProxy({ port: 0, state }));
		t.like(error, { code: 'E_STATE', exit: 2 } as never, JSON.stringify(damaged));
		t.is(readFileSync(state, 'utf8'), damaged, 'it is left as it was');
	}
	await t.throwsAsync(serveProxy({ port: 0, state: folder(t) }), { code: 'E_STATE' } as never);
	await t.throwsAsync(serveProxy({ port: 0, state: join(folder(t), 'no', 'state.json') }), { code: 'E_STATE' } as never);
});

test('a key given as text is refused, since it could not be kept; a self-signed certificate is made anew', async (t) => {
	const state = join(folder(t), 'state.json');
	const server = await served(t, { state });
	const refused = async (method: string, path: string, body: unknown): Promise<void> => {
		const reply = await told(server, method, path, body);
		t.is(reply.status, 400);
		t.regex(reply.body, /tls\.key: this server keeps its state in a file, and no key in it: give the path/);
	};
	const proxy = { name: 'p', listen: '127.0.0.1:0', upstream: 'x:1' };
	await refused('POST', '/proxies', { ...proxy, tls: good });
	await refused('POST', '/populate', [{ ...proxy, upstream_tls: good }]);
	t.is((await told(server, 'POST', '/proxies', { ...proxy, tls: 'self-signed' })).status, 201);
	await refused('PATCH', '/proxies/p', { upstream_tls: good });
	const cert = server.proxies.get('p')?.options.tls?.cert;
	await server.close();
	t.false(readFileSync(state, 'utf8').includes('PRIVATE'));
	const again = (await served(t, { state })).proxies.get('p')?.options.tls;
	t.true(again?.selfSigned);
	t.truthy(again?.key);
	t.not(again?.cert, cert);
});

test('what cannot be written is told, and written when it can be; a link stays a link', async (t) => {
	const dir = folder(t);
	const real = join(dir, 'real');
	mkdirSync(real);
	const link = join(dir, 'link.json');
	writeFileSync(join(real, 'state.json'), '[]');
	symlinkSync(join(real, 'state.json'), link);
	const warnings: string[] = [];
	let content = 'one';
	const file = new StateFile(
		link,
		() => content,
		(message) => warnings.push(message),
	);
	writeFileSync(join(real, 'state.json.tmp'), 'of somebody who was killed');
	await file.write();
	t.true(lstatSync(link).isSymbolicLink());
	t.is(readFileSync(link, 'utf8'), 'one');
	rmSync(real, { recursive: true });
	content = 'two';
	file.changed();
	while (warnings.length === 0) await soon(1);
	t.regex(warnings[0] as string, /cannot write .*real\/state\.json: ENOENT/);
	await t.throwsAsync(file.write(), { code: 'E_STATE' } as never);
	mkdirSync(real);
	await file.close();
	t.is(readFileSync(link, 'utf8'), 'two');
	content = 'three';
	file.changed();
	await soon(50);
	t.is(readFileSync(link, 'utf8'), 'two', 'closed is closed');
	t.false(existsSync(join(real, 'state.json.tmp')));
});
