import test, { type ExecutionContext } from 'ava';
import { type ProxyServer, serveProxy } from '../../../src/proxy/api/serve.js';
import { ask, type Reply } from '../api/ask.js';
import { echo, Party, steady, until } from './datagram-sides.js';

const served = async (t: ExecutionContext): Promise<ProxyServer> => {
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(server.close);
	return server;
};
const told = (server: ProxyServer, method: string, path: string, body?: unknown): Promise<Reply> =>
	ask(server.url, { method, path, ...(body !== undefined && { body: JSON.stringify(body) }) });

test('a proxy of datagrams through the API: made, shown, toggled, reset, deleted', async (t) => {
	const server = await served(t);
	const upstream = await echo(t);
	const client = await Party.at(t);
	const listen = await steady();
	const made = await told(server, 'POST', '/proxies', { name: 'd', listen, upstream: upstream.url });
	t.is(made.status, 201);
	t.is(made.body, `{"name":"d","listen":"${listen}","upstream":"${upstream.url}","enabled":true,"Logger":{},"toxics":[]}`);
	t.is(
		(await told(server, 'POST', '/proxies/d/toxics', { type: 'reorder', stream: 'upstream', attributes: { rate: 0.5 } })).body,
		'{"attributes":{"rate":0.5,"gap":1,"hold":100},"name":"reorder_upstream","type":"reorder","stream":"upstream","toxicity":1}',
	);
	t.is((await told(server, 'PATCH', '/proxies/d/toxics/reorder_upstream', { attributes: { gap: 0 } })).status, 400);
	t.regex((await told(server, 'PATCH', '/proxies/d/toxics/reorder_upstream', { attributes: { gap: 3 } })).body, /"rate":0\.5,"gap":3,"hold":100/);
	t.regex((await told(server, 'PATCH', '/proxies/d', { enabled: false })).body, new RegExp(`"listen":"${listen}".*"enabled":false`));
	t.is((await told(server, 'POST', '/reset')).status, 204);
	t.is((await told(server, 'GET', '/proxies/d')).body, made.body);
	client.send(listen, 'a', 'b');
	await client.hears(2);
	t.is((await told(server, 'DELETE', '/proxies/d')).status, 204);
	t.is((await told(server, 'GET', '/proxies')).body, '{}');
	await Party.at(t, '127.0.0.1', Number(listen.split(':').pop()));
});

test('what does not fit together is a 400 that says so, and nothing is made', async (t) => {
	const server = await served(t);
	const wrong = async (path: string, body: unknown, text: RegExp): Promise<void> => {
		const reply = await told(server, 'POST', path, body);
		t.is(reply.status, 400, reply.body);
		t.regex(JSON.parse(reply.body).error, text);
	};
	await wrong('/proxies', { name: 'x', listen: '127.0.0.1:0', upstream: 'udp://127.0.0.1:1' }, /^upstream is udp:.* so listen must be udp/);
	await wrong('/proxies', { name: 'x', listen: 'udp://127.0.0.1:0', upstream: '127.0.0.1:1' }, /^listen is udp:.* so upstream must be udp/);
	await wrong(
		'/populate',
		[
			{ name: 'x', upstream: 'u:1' },
			{ name: 'y', listen: '127.0.0.1:0', upstream: 'udp://u:1' },
		],
		/at proxy 2$/,
	);
	await wrong(
		'/proxies',
		{ name: 'x', upstream: 'udp://u:1', toxics: [{ type: 'slicer', attributes: { average_size: 1 } }] },
		/^slicer works on connections.* in toxic 1$/,
	);
	await wrong('/proxies', { name: 'x', upstream: 'udp://u:1', max_flows: 0 }, /^max_flows/);
	await wrong('/proxies', { name: 'x', upstream: 'udp://u:1', idle_timeout: 0 }, /^idle_timeout/);
	t.is((await told(server, 'GET', '/proxies')).body, '{}');
	const empty = await told(server, 'POST', '/proxies', { name: 'u', upstream: 'udp://127.0.0.1:1' });
	t.regex(JSON.parse(empty.body).listen, /^udp:\/\/127\.0\.0\.1:\d+$/, 'an empty listen is a random port on loopback');
	await told(server, 'POST', '/proxies', { name: 'c', upstream: '127.0.0.1:1' });
	for (const type of ['slicer', 'slow_close', 'reset_peer', 'reset_connect'])
		await wrong('/proxies/u/toxics', { type, attributes: { average_size: 1 } }, new RegExp(`^${type} works on connections, not on datagrams`));
	await wrong('/proxies/u/toxics', { type: 'nonsense' }, /^invalid toxic type$/);
	await wrong('/proxies/c/toxics', { type: 'reorder' }, /^reorder works on datagrams/);
	await wrong('/proxies/u', { upstream: '127.0.0.1:1' }, /must be udp/);
	await wrong('/proxies/u', { listen: '', upstream: '127.0.0.1:1' }, /cannot become/);
	await wrong('/proxies/c', { listen: '', upstream: 'udp://127.0.0.1:1' }, /cannot become/);
});

test('populate leaves what is equal, replaces what differs, and may change the transport', async (t) => {
	const server = await served(t);
	const upstream = await echo(t);
	const listen = await steady();
	const first = await told(server, 'POST', '/populate', [
		{ name: 'd', listen, upstream: upstream.url, idle_timeout: 5000, max_flows: 3, toxics: [{ type: 'packet_loss', attributes: { loss_rate: 1 } }] },
	]);
	t.is(first.status, 201, first.body);
	const [{ idle_timeout, max_flows }] = JSON.parse(first.body).proxies;
	t.deepEqual([idle_timeout, max_flows], [5000, 3]);
	const same = await told(server, 'POST', '/populate', [{ name: 'd', listen, upstream: upstream.url }]);
	t.is(JSON.parse(same.body).proxies[0].toxics.length, 1, 'left as it was');
	const other = await told(server, 'POST', '/populate', [{ name: 'd', listen, upstream: 'udp://127.0.0.1:1' }]);
	t.deepEqual([JSON.parse(other.body).proxies[0].listen, JSON.parse(other.body).proxies[0].toxics], [listen, []]);
	const stream = await told(server, 'POST', '/populate', [{ name: 'd', upstream: '127.0.0.1:1' }]);
	t.regex(JSON.parse(stream.body).proxies[0].listen, /^127/);
	const back = await told(server, 'POST', '/populate', [{ name: 'd', listen, upstream: upstream.url }]);
	t.is(JSON.parse(back.body).proxies[0].listen, listen);
});

test('metrics count datagrams and bytes, and are silent where there are none', async (t) => {
	const server = await served(t);
	await told(server, 'POST', '/proxies', { name: 'c', upstream: '127.0.0.1:1' });
	t.notRegex((await told(server, 'GET', '/metrics')).body, /datagrams|refused/);
	const upstream = await echo(t);
	const made = JSON.parse((await told(server, 'POST', '/proxies', { name: 'd', upstream: upstream.url })).body);
	const client = await Party.at(t);
	client.send(made.listen, 'abc', '');
	await client.hears(2);
	await told(server, 'POST', '/proxies/d/toxics', { type: 'timeout' });
	client.send(made.listen, 'lost');
	await until(() => server.proxies.get('d')?.counters().datagrams?.lost.downstream === 1);
	const { body } = await told(server, 'GET', '/metrics');
	for (const line of [
		'daruma_proxy_datagrams_dropped_total{direction="downstream",proxy="d",reason="toxic"} 1',
		'daruma_proxy_datagrams_dropped_total{direction="upstream",proxy="d",reason="queue"} 0',
		'daruma_proxy_datagrams_received_total{direction="upstream",proxy="d"} 3',
		'daruma_proxy_datagrams_sent_total{direction="downstream",proxy="d"} 2',
		'daruma_proxy_refused_total{proxy="d"} 0',
		'daruma_proxy_connections_open{proxy="d"} 1',
		`toxiproxy_proxy_sent_bytes_total{direction="downstream",listener="${made.listen}",proxy="d",upstream="${upstream.url}"} 3`,
	])
		t.true(body.includes(`${line}\n`), `${line} in\n${body}`);
	t.notRegex(body, /datagrams.*proxy="c"|refused.*proxy="c"/);
});

/** Far above what is needed, since machines are busy. */
const SOON_MS = 10_000;

test('no client and no upstream makes the API wait', async (t) => {
	const server = await served(t);
	// Nobody answers there, and nobody has that name.
	const hole = await Party.at(t);
	for (const [name, upstream] of [
		['hole', hole.url],
		['far', 'udp://192.0.2.1:9'],
		['nobody', 'udp://does-not-exist.invalid:9'],
	]) {
		const made = JSON.parse((await told(server, 'POST', '/proxies', { name, listen: await steady(), upstream })).body);
		const clients = await Promise.all(Array.from({ length: 20 }, () => Party.at(t)));
		const pour = (): void => {
			for (const client of clients) client.send(made.listen, Buffer.alloc(1000));
		};
		const pouring = setInterval(pour, 5);
		try {
			for (const [method, path, body, status] of [
				['POST', `/proxies/${name}/toxics`, { name: 't', type: 'latency', stream: 'upstream', attributes: { latency: 60_000 } }, 200],
				['POST', `/proxies/${name}/toxics`, { name: 'r', type: 'reorder', stream: 'upstream', attributes: { rate: 0.5, hold: 60_000 } }, 200],
				['PATCH', `/proxies/${name}/toxics/t`, { attributes: { latency: 1 } }, 200],
				['GET', '/proxies', undefined, 200],
				['DELETE', `/proxies/${name}/toxics/t`, undefined, 204],
				['GET', '/metrics', undefined, 200],
				['POST', `/proxies/${name}`, { enabled: false }, 200],
				['POST', '/reset', undefined, 204],
				['DELETE', `/proxies/${name}`, undefined, 204],
			] as const) {
				pour();
				const began = performance.now();
				const reply = await told(server, method, path, body);
				t.is(reply.status, status, `${method} ${path}: ${reply.body}`);
				t.true(performance.now() - began < SOON_MS, `${method} ${path}`);
			}
		} finally {
			clearInterval(pouring);
		}
	}
});
