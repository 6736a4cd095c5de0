import test from 'ava';
import { serveProxy } from '../../../src/proxy/api/serve.js';
import { httpServer, RawClient } from '../stage.js';
import { ask } from './ask.js';

test('toxics of requests through the API: made, refused, shown, counted, and heard of', async (t) => {
	const upstream = await httpServer(t, (_, res) => res.end('fine'));
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(server.close);
	const told = (method: string, path: string, body?: object) => ask(server.url, { method, path, ...(body && { body: JSON.stringify(body) }) });
	await told('POST', '/proxies', { name: 'p', upstream: `127.0.0.1:${upstream}`, toxics: [{ type: 'noop', name: 'n' }] });
	const T = '/proxies/p/toxics';
	t.is(
		(await told('POST', T, { type: 'http_status', attributes: { path: '/a*' }, first: 2 })).body,
		'{"attributes":{"status":503,"body":"","headers":"","path":"/a*"},"name":"http_status_downstream","type":"http_status","stream":"downstream","toxicity":1,"first":2}',
	);
	const wrong: [object, string][] = [
		[{ status: 1000 }, 'status must be from 200 to 599, not 1000'],
		[{ path: '/[/' }, 'path holds no regular expression: a [ without ]'],
		[{ status: 'x' }, 'bad request body: json: cannot unmarshal string into Go struct field HttpStatusToxic.attributes.status of type int'],
	];
	for (const [attributes, error] of wrong) {
		const refused = await told('POST', T, { type: 'http_status', name: 'w', attributes });
		t.deepEqual([refused.status, JSON.parse(refused.body).error], [400, error]);
	}
	const changed = await told('POST', `${T}/http_status_downstream`, { attributes: { status: 418 } });
	t.regex(changed.body, /^\{"attributes":\{"status":418,"body":"","headers":"","path":"\/a\*"\}/);
	t.is((await told('POST', T, { type: 'http_delay', stream: 'upstream', attributes: { delay: 1 } })).status, 200);
	t.deepEqual(
		JSON.parse((await told('GET', T)).body).map(({ name }: { name: string }) => name),
		['http_delay_upstream', 'n', 'http_status_downstream'],
		'upstream first, then downstream, in the order in which they came',
	);

	const hits: object[] = [];
	server.proxies.subscribe((event) => event.kind === 'request-hit' && hits.push(event));
	const listen = JSON.parse((await told('GET', '/proxies/p')).body).listen as string;
	const client = new RawClient(t, Number(listen.split(':')[1]));
	client.write('GET /a HTTP/1.1\r\nHost: t\r\n\r\nGET /b HTTP/1.1\r\nHost: t\r\n\r\n');
	await client.receives('fine');
	t.regex(client.text, /^HTTP\/1\.1 418 I'm a Teapot\r\n/);
	const { port } = client.socket.address() as { port: number };
	const common = { proxy: 'p', kind: 'request-hit', conn: 0, client: `127.0.0.1:${port}`, method: 'GET' };
	t.deepEqual(
		hits.map((hit) => ({ ...hit, t: 0 })),
		[
			{ t: 0, ...common, toxic: 'http_status_downstream', path: '/a', action: 'status 418' },
			{ t: 0, ...common, toxic: 'http_delay_upstream', path: '/a', action: 'delay 1 ms' },
			{ t: 0, ...common, toxic: 'http_delay_upstream', path: '/b', action: 'delay 1 ms' },
		],
	);
	const metrics = (await told('GET', '/metrics')).body;
	t.true(metrics.includes('daruma_proxy_requests_injected_total{proxy="p",toxic="http_delay_upstream",type="http_delay"} 2\n'), metrics);
	t.is((await told('DELETE', `${T}/http_delay_upstream`)).status, 204);
	t.is((await told('POST', '/reset')).status, 204);
	t.is((await told('GET', T)).body, '[]');
});
