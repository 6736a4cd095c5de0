import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { FaultProxy, Proxies, ProxyEvent } from '../../src/proxy/contract.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { RawClient, rawServer, soon } from './stage.js';

const folder = (t: ExecutionContext): string => {
	const path = mkdtempSync(join(tmpdir(), 'daruma-unix-'));
	t.teardown(() => rmSync(path, { recursive: true, force: true }));
	return path;
};
const proxiesOf = (t: ExecutionContext): Proxies => {
	const proxies = createProxies({ seed: 1 });
	t.teardown(() => proxies.close());
	return proxies;
};
const echo = (socket: Socket): void => {
	socket.on('data', (chunk) => socket.write(chunk));
	socket.on('end', () => socket.end());
	socket.on('error', () => {});
};
const unixEcho = async (t: ExecutionContext, path: string): Promise<Server> => {
	const server = createServer({ allowHalfOpen: true }, echo).listen(path);
	await once(server, 'listening');
	t.teardown(() => server.close());
	return server;
};
/** Says so much, and hears it again, with its end. */
const talk = async (socket: Socket, size = 1_000_000): Promise<void> => {
	const bytes = Buffer.alloc(size, 'daruma');
	socket.end(bytes);
	const heard: Buffer[] = [];
	for await (const chunk of socket) heard.push(chunk as Buffer);
	if (!Buffer.concat(heard).equals(bytes)) throw new Error(`heard ${Buffer.concat(heard).length} bytes of ${size}`);
};
const portOf = (proxy: FaultProxy): number => Number(proxy.listen.split(':').at(-1));

test('TCP to unix, unix to TCP, unix to unix: every byte, both ways, and the half-close', async (t) => {
	const dir = folder(t);
	const proxies = proxiesOf(t);
	await unixEcho(t, join(dir, 'up.sock'));
	const port = await rawServer(t, echo);
	const make = async (name: string, listen: string, upstream: string): Promise<FaultProxy> => {
		const proxy = await proxies.create({ name, listen, upstream, enabled: true });
		proxy.setOptions({ halfClose: true });
		return proxy;
	};
	const a = await make('a', '127.0.0.1:0', `unix:${dir}/up.sock`);
	const b = await make('b', `unix:${dir}/b.sock`, `127.0.0.1:${port}`);
	const c = await make('c', `unix:${dir}/c.sock`, `unix:${dir}/up.sock`);
	t.is(b.listen, `unix:${dir}/b.sock`);
	await talk(connect({ port: portOf(a), host: '127.0.0.1', allowHalfOpen: true }));
	await talk(connect({ path: `${dir}/b.sock`, allowHalfOpen: true }));
	await talk(connect({ path: `${dir}/c.sock`, allowHalfOpen: true }));
	for (const proxy of [a, b, c]) t.like(proxy.counters(), { received: { upstream: 1_000_000, downstream: 1_000_000 }, connections: 1 });
});

test('the socket is for its user alone, and gone when the proxy stops; toxics and scopes work on it', async (t) => {
	const dir = folder(t);
	const proxies = proxiesOf(t);
	const events: ProxyEvent[] = [];
	proxies.subscribe((event) => events.push(event));
	await unixEcho(t, join(dir, 'up.sock'));
	const path = join(dir, 'p.sock');
	const proxy = await proxies.create({ name: 'p', listen: `unix:${path}`, upstream: `unix:${dir}/up.sock`, enabled: true });
	t.is(statSync(path).mode & 0o777, 0o600);
	const none = { stream: 'upstream', toxicity: 1 } as const;
	proxy.addToxic({ ...none, name: 'other', type: 'limit_data', attributes: { bytes: 0 }, client: '127.0.0.1' });
	proxy.addToxic({ ...none, name: 'other6', type: 'limit_data', attributes: { bytes: 0 }, client: '::/0' });
	proxy.setOptions({ halfClose: true });
	await talk(connect({ path, allowHalfOpen: true }), 10);
	t.like(
		events.find(({ kind }) => kind === 'connection'),
		{ client: 'unix' },
	);
	// There is no RST here: its place takes the end of the stream.
	proxy.addToxic({ ...none, name: 'reset', type: 'reset_peer', attributes: {} });
	const client = connect({ path });
	client.write('x');
	const errors: Error[] = [];
	client.on('error', (error) => errors.push(error)).resume();
	await once(client, 'close');
	proxy.removeToxic('reset');
	proxy.addToxic({ ...none, name: 'refuse', type: 'reset_connect', attributes: {} });
	const second = connect({ path }).on('error', () => {});
	await once(second.resume(), 'close');
	await proxy.update({ enabled: false });
	t.false(existsSync(path));
	await proxy.update({ enabled: true });
	t.true(existsSync(path));
	await proxies.delete('p');
	t.false(existsSync(path));
});

test('a socket that a dead process left is replaced; a live one, and what is no socket, is in use', async (t) => {
	const dir = folder(t);
	const proxies = proxiesOf(t);
	const path = join(dir, 'p.sock');
	const listen = `unix:${path}`;
	const dies = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
	t.throws(() => execFileSync(process.execPath, ['-e', dies]));
	t.true(existsSync(path), 'it was left behind');
	const proxy = await proxies.create({ name: 'p', listen, upstream: 'unix:/nowhere', enabled: true });
	const refused = await t.throwsAsync(proxies.create({ name: 'q', listen, upstream: 'x:1', enabled: true }));
	t.is(refused?.message, `listen unix ${path}: bind: address already in use`);
	t.true(proxy.enabled);
	const file = join(dir, 'file');
	writeFileSync(file, 'precious');
	const kept = await t.throwsAsync(proxies.create({ name: 'f', listen: `unix:${file}`, upstream: 'x:1', enabled: true }));
	t.is(kept?.message, `listen unix ${file}: bind: address already in use`);
	t.true(existsSync(file));
	const absent = await t.throwsAsync(proxies.create({ name: 'g', listen: `unix:${dir}/no/p.sock`, upstream: 'x:1', enabled: true }));
	t.regex(absent?.message ?? '', /^listen unix .*: bind: (no such file or directory|permission denied)$/);
	for (const [wrong, why] of [
		['unix:', /unix:\/path\/to\.sock/],
		['unix:relative.sock', /unix:\/path\/to\.sock/],
		[`unix:/${'x'.repeat(107)}`, /at most 107 bytes/],
	] as const) {
		t.regex((await t.throwsAsync(proxies.create({ name: 'w', listen: wrong, upstream: 'x:1', enabled: true })))?.message ?? '', why);
	}
});

test('an upstream that is not there: the client is closed, and an event says so', async (t) => {
	const proxies = proxiesOf(t);
	const events: ProxyEvent[] = [];
	proxies.subscribe((event) => events.push(event));
	const proxy = await proxies.create({ name: 'p', listen: '', upstream: `unix:${folder(t)}/absent.sock`, enabled: true });
	t.is(await new RawClient(t, portOf(proxy)).closed, 'EOF');
	t.like(
		events.find(({ kind }) => kind === 'unreachable'),
		{ error: 'ENOENT' },
	);
	while (proxy.counters().open > 0) await soon();
});
