import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type ProxyServer, serveProxy } from '../../../src/proxy/api/serve.js';
import { ask, type Reply } from './ask.js';

const served = async (t: ExecutionContext): Promise<ProxyServer> => {
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(server.close);
	await ask(server.url, { method: 'POST', path: '/proxies', body: '{"name":"p","listen":"127.0.0.1:0","upstream":"127.0.0.1:1"}' });
	return server;
};
const told = (server: ProxyServer, method: string, path: string, body?: object | string): Promise<Reply> =>
	ask(server.url, { method, path, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
const T = '/proxies/p/toxics';

test('additional attributes are shown only where they were asked for, and merged like the others', async (t) => {
	const server = await served(t);
	const made = await told(server, 'POST', T, { type: 'latency', attributes: { latency: 5, distribution: 'normal', correlation: 0.25 } });
	t.regex(made.body, /^\{"attributes":\{"latency":5,"jitter":0,"distribution":"normal","correlation":0\.25\},"name"/);
	const changed = await told(server, 'PATCH', `${T}/latency_downstream`, { attributes: { distribution: 'uniform', delay_fin: true } });
	t.regex(changed.body, /^\{"attributes":\{"latency":5,"jitter":0,"correlation":0\.25,"delay_fin":true\},"name"/);
	const refused = await told(server, 'PATCH', `${T}/latency_downstream`, { attributes: { correlation: 'x' } });
	t.is(
		refused.body,
		'{"error":"bad request body: json: cannot unmarshal string into Go struct field LatencyToxic.attributes.correlation of type float64","status":400}\n',
	);
	const odd = await told(server, 'PATCH', `${T}/latency_downstream`, { attributes: { latency: 9, distribution: 'odd' } });
	t.is(odd.status, 400);
	t.is((await told(server, 'GET', `${T}/latency_downstream`)).body, changed.body, 'what is refused changes nothing');
});

test('a scope says which connections, and for how long', async (t) => {
	const server = await served(t);
	const made = await told(server, 'POST', T, { type: 'noop', first: 2, after: 1, client: '127.0.0.0/8' });
	t.is(made.body, '{"attributes":{},"name":"noop_downstream","type":"noop","stream":"downstream","toxicity":1,"first":2,"after":1,"client":"127.0.0.0/8"}');
	t.regex((await told(server, 'PATCH', `${T}/noop_downstream`, { every: 3, first: null })).body, /"toxicity":1,"first":2,"after":1,"every":3,"client"/);
	for (const scope of [{ first: -1 }, { every: 0 }, { duration: 0 }, { client: 'nobody' }]) {
		t.is((await told(server, 'POST', T, { type: 'noop', name: 'x', ...scope })).status, 400, JSON.stringify(scope));
	}
	t.is((await told(server, 'POST', T, { type: 'noop', name: 'x', first: 'x' })).status, 400);
	const hearing = new Promise((resolve) => {
		const stop = server.proxies.subscribe((event) => {
			if (event.kind !== 'toxic-expired') return;
			stop();
			resolve(event.toxic);
		});
	});
	await told(server, 'POST', T, { type: 'noop', name: 'short', duration: 30 });
	t.is(await hearing, 'short');
	t.is((await told(server, 'GET', `${T}/short`)).status, 404);
});

test('options of a proxy are kept through updates and populate, and shown where they differ', async (t) => {
	const server = await served(t);
	t.notRegex((await told(server, 'GET', '/proxies/p')).body, /half_close|keep_reset|dial_timeout/);
	t.regex((await told(server, 'POST', '/proxies/p', { half_close: true, dial_timeout: 500 })).body, /"toxics":\[\],"half_close":true,"dial_timeout":500\}$/);
	t.regex((await told(server, 'POST', '/proxies/p', { half_close: false, dial_timeout: null })).body, /"toxics":\[\],"dial_timeout":500\}$/);
	t.is((await told(server, 'POST', '/proxies/p', { dial_timeout: 0 })).status, 400);
	const made = await told(server, 'POST', '/populate', [
		{ name: 'q', upstream: 'u:1', keep_reset: true, toxics: [{ type: 'noop' }, { type: 'timeout', stream: 'upstream' }] },
	]);
	t.is(made.status, 201);
	t.deepEqual(
		JSON.parse(made.body).proxies[0].toxics.map(({ name }: { name: string }) => name),
		['timeout_upstream', 'noop_downstream'],
	);
	t.true(JSON.parse(made.body).proxies[0].keep_reset);
});

test('toxics of an entry are checked before anything is made', async (t) => {
	const server = await served(t);
	const bad = await told(server, 'POST', '/populate', [
		{ name: 'q', upstream: 'u:1' },
		{ name: 'r', upstream: 'u:1', toxics: [{ type: 'noop' }, { type: 'noop' }] },
	]);
	t.is(bad.body, '{"error":"toxic already exists in toxic 2 at proxy 2","status":400,"proxies":null}');
	t.is((await told(server, 'GET', '/proxies/q')).status, 404);
	t.is((await told(server, 'POST', '/populate', [{ name: 'q', upstream: 'u:1', toxics: { old: 'form' } }])).status, 201, 'Toxiproxy ignores them in any form');
});

test('metrics count while connections live, in the form of Prometheus', async (t) => {
	const server = await served(t);
	const reply = await told(server, 'GET', '/metrics');
	t.is(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	t.regex(reply.body, /^# HELP daruma_proxy_connections_open .+\n# TYPE daruma_proxy_connections_open gauge\ndaruma_proxy_connections_open\{proxy="p"\} 0\n/);
});

test('events tell which toxic hits which connection, to everybody who listens, until they leave', async (t) => {
	const server = await served(t);
	const heard = async (reply: Response, kinds: readonly string[]): Promise<{ kind: string; toxic?: string; client?: string }[]> => {
		const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
		let text = '';
		while (!kinds.every((kind) => text.includes(`"kind":"${kind}"`))) text += (await reader.read()).value;
		await reader.cancel();
		return text
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line));
	};
	const listeners = await Promise.all([fetch(`${server.url}/events`), fetch(`${server.url}/events`)]);
	t.is(listeners[0].headers.get('content-type'), 'application/x-ndjson');
	await told(server, 'POST', T, { type: 'latency', attributes: { latency: 1 } });
	const [host, port] = server.proxies.get('p')!.listen.split(':') as [string, string];
	const socket = connect(Number(port), host);
	socket.on('error', () => {});
	await once(socket, 'connect');
	const client = `127.0.0.1:${socket.localPort}`;
	for (const reply of listeners) {
		const events = await heard(reply, ['toxic-added', 'connection', 'unreachable']);
		t.like(
			events.find(({ kind }) => kind === 'connection'),
			{ client, proxy: 'p', conn: 0 } as object,
		);
		t.is(events.find(({ kind }) => kind === 'toxic-added')?.toxic, 'latency_downstream');
	}
	const open = await fetch(`${server.url}/events`);
	await server.close();
	t.is(await open.text(), '', 'the server ends what it feeds when it closes');
});
