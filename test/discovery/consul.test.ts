import type { ServerResponse } from 'node:http';
import test from 'ava';
import { consul } from '../../src/discovery/consul.js';
import { DarumaError } from '../../src/model/errors.js';
import { followed, GARBAGE, serveHttp, serveTcp } from './registry-stage.js';

const service = (port: number, status = 'passing') => ({ Node: { Address: '10.0.0.1' }, Service: { Port: port }, Checks: [{ Status: status, Name: 'c' }] });
const answer = (response: ServerResponse, index: string | null, body: unknown): void => {
	if (index !== null) response.setHeader('x-consul-index', index);
	response.end(JSON.stringify(body));
};

test('a blocking query at the index of the answer before; backwards: asked anew without one', async (t) => {
	const asked: string[] = [];
	let waiting: ServerResponse | null = null;
	const place = await serveHttp(t, (request, response) => {
		const index = new URL(request.url!, 'http://x').searchParams.get('index');
		asked.push(index ?? '-');
		if (asked.length === 1) answer(response, '40', [service(80)]);
		else if (asked.length === 2) answer(response, '45', [service(80), service(81, 'critical')]);
		else if (asked.length === 3) answer(response, '3', [service(80)]);
		else if (asked.length === 4) answer(response, '5', [service(82)]);
		else waiting = response;
	});
	const { says } = followed(t, consul, `consul://${place}/web`);
	t.is(await says(/^10/), '10.0.0.1:80+');
	t.is(await says(/^10/), '10.0.0.1:80+ 10.0.0.1:81-');
	t.is(await says(/^10/), '10.0.0.1:80+');
	t.is(await says(/82/), '10.0.0.1:82+');
	t.deepEqual(asked.slice(0, 4), ['-', '40', '45', '-']);
	while (!waiting) await new Promise((resolve) => setTimeout(resolve, 5));
	t.is(asked[4], '5');
});

test('the query options, the token from the address, and no token in any word', async (t) => {
	let seen: { url: string; token: unknown } | null = null;
	const place = await serveHttp(t, (request, response) => {
		seen ??= { url: request.url!, token: request.headers['x-consul-token'] };
		response.statusCode = 403;
		response.end('Permission denied');
	});
	const { says } = followed(t, consul, `consul://s3cret@${place}/web?tag=a&tag=b&dc=d1&near=_agent&passing`);
	const word = await says(/lost/);
	t.regex(word, /403: Permission denied/);
	t.false(word.includes('s3cret'));
	t.deepEqual(seen, { url: '/v1/health/service/web?tag=a&tag=b&dc=d1&near=_agent&passing=true', token: 's3cret' } as never);
});

test('the catalog has no opinion; an outage is told, and it comes back by itself', async (t) => {
	let n = 0;
	const place = await serveHttp(t, (request, response) => {
		t.true(request.url!.startsWith('/v1/catalog/service/web'));
		n += 1;
		if (n === 2) response.destroy();
		else if (n < 4) answer(response, '9', [{ Address: '10.0.0.1', ServicePort: 80 + n }]);
	});
	const { says } = followed(t, consul, `consul://${place}/web?catalog`);
	await says(/:81\+/);
	await says(/lost: Consul at 127\.0\.0\.1/);
	await says(/:83\+/);
	t.pass();
});

for (const [what, bytes] of GARBAGE) {
	test(`a server that says ${what}: lost, and nothing thrown`, async (t) => {
		const place = await serveTcp(t, (socket) => (bytes === null ? socket.destroy() : void socket.end(bytes)));
		t.regex(await followed(t, consul, `consul://${place}/web`).says(/./), /^lost: Consul at 127\.0\.0\.1:\d+: /);
	});
}

test('odd JSON is no list', async (t) => {
	const place = await serveHttp(t, (_, response) => answer(response, '1', { a: 1 }));
	t.regex(await followed(t, consul, `consul://${place}/web`).says(/./), /is this a Consul agent/);
});

for (const [address, expected] of [
	['consul://127.0.0.1:8500/', /name of a service/],
	['consul://127.0.0.1:8500/a/b', /name of a service/],
	['consul://a:1,b:2/web', /one agent/],
	['consul://h:99999/web', /hosts with ports/],
	['consul:web', /consul:\/\/HOST:PORT/],
	['consul://h/web?wait=5', /wait= a time/],
	['consul://h/web?colour=red', /only the options .*found "colour"/],
] as const) {
	test(`cannot be right: ${address}`, (t) => {
		const error = t.throws(() => followed(t, consul, address), { instanceOf: DarumaError });
		t.deepEqual([error?.code, error?.exit], ['E_SOURCE', 2]);
		t.regex(error!.message, expected);
	});
}

test('a wrong address does not show its token', (t) => {
	t.notRegex(t.throws(() => followed(t, consul, 'consul://tok:s3cret@h:8500/'))!.message, /s3cret|tok/);
});
