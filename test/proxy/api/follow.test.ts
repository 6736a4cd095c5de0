import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../../src/platform/ports.js';
import { eventLine, followEvents } from '../../../src/proxy/api/follow.js';
import { serveProxy } from '../../../src/proxy/api/serve.js';
import type { ProxyEvent } from '../../../src/proxy/contract.js';
import { soon } from '../stage.js';

const base = { t: 1234.5678, proxy: 'p' };
const counts = { upstream: 1, downstream: 2 };
const lines: [object, string][] = [
	[{ kind: 'connection', conn: 3, client: '127.0.0.1:5' }, '1.235 p connection #3 from 127.0.0.1:5'],
	[{ kind: 'unreachable', conn: 3, error: 'ECONNREFUSED' }, '1.235 p unreachable #3 ECONNREFUSED'],
	[{ kind: 'hit', conn: 3, client: 'unix', toxic: 'a', type: 'latency', stream: 'UPSTREAM' }, '1.235 p hit #3 from unix: a (latency, upstream)'],
	[{ kind: 'tls', conn: 3, peer: 'client', protocol: 'TLSv1.3', alpn: null, servername: 'x' }, '1.235 p tls #3 with the client: TLSv1.3, x'],
	[{ kind: 'tls-failed', conn: 3, peer: 'upstream', error: 'no \u001b[2J' }, '1.235 p tls-failed #3 with the upstream: no ?[2J'],
	[{ kind: 'closed', conn: 3, received: counts, sent: counts }, '1.235 p closed #3 received 1 B up, 2 B down; sent 1 B up, 2 B down'],
	[{ kind: 'toxic-on', toxic: 'a' }, '1.235 p toxic-on a'],
	[{ kind: 'of tomorrow', conn: 3 }, '1.235 p of tomorrow conn=3'],
];
for (const [event, line] of lines) {
	test(`told to people: ${line}`, (t) => {
		t.is(eventLine({ ...base, ...event } as ProxyEvent), line);
	});
}

test('events are heard from now on, until the server ends', async (t) => {
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(server.close);
	const heard: [string, string][] = [];
	const following = followEvents(server.url, (event, line) => heard.push([event.kind, line]), new AbortController().signal);
	const proxy = await server.proxies.create({ name: 'p', listen: '', upstream: 'x:1', enabled: true });
	for (let i = 0; heard.length === 0; i++) {
		proxy.addToxic({ name: `${i}`, type: 'noop', stream: 'upstream', toxicity: 1, attributes: {} });
		await soon(5);
	}
	t.is(heard[0]?.[0], 'toxic-added');
	t.is(JSON.parse(heard[0]?.[1] as string).proxy, 'p');
	await server.close();
	await following;
});

const other = async (t: ExecutionContext, handler: RequestListener): Promise<string> => {
	const server = createServer(handler).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const follow = (url: string, heard: (event: ProxyEvent) => void = () => {}): Promise<void> => followEvents(url, heard, new AbortController().signal);

test('a server without events, as a real Toxiproxy is; no server; one that breaks off', async (t) => {
	const real = await other(t, (_, answer) => answer.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('404 page not found\n'));
	t.like(await t.throwsAsync(follow(real)), { code: 'E_NO_EVENTS', exit: 1 } as never);
	const page = await other(t, (_, answer) => answer.end('<html>'));
	t.like(await t.throwsAsync(follow(page)), { code: 'E_NO_EVENTS' } as never);
	t.like(await t.throwsAsync(follow(`http://127.0.0.1:${await freePort()}`)), { code: 'E_NO_TOXIPROXY', exit: 4 } as never);
	const heard: ProxyEvent[] = [];
	const breaks = await other(t, (_, answer) => {
		answer.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
		answer.write('{"t":1,"proxy":"p","kind":"toxic-on","toxic":"a"}\nno json\n{"t":2');
		setTimeout(() => answer.destroy(), 20);
	});
	t.like(await t.throwsAsync(follow(breaks, (event) => heard.push(event))), { code: 'E_NO_TOXIPROXY' } as never);
	t.is(heard.length, 1);
	const endless = await other(t, (_, answer) => {
		answer.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
		answer.write('x'.repeat(2 * 1024 * 1024));
	});
	t.regex((await t.throwsAsync(follow(endless)))?.message ?? '', /a line without end/);
});

test('whoever stops listening is let go', async (t) => {
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(server.close);
	const left = new AbortController();
	const following = followEvents(server.url, () => {}, left.signal);
	left.abort();
	await following;
	await t.notThrowsAsync(server.close());
});
