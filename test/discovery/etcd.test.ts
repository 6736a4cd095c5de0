import type { ServerResponse } from 'node:http';
import test from 'ava';
import { etcd } from '../../src/discovery/etcd.js';
import { DarumaError } from '../../src/model/errors.js';
import { toBase64 } from '../../src/wire/etcd.js';
import { followed, GARBAGE, serveHttp, serveTcp } from './registry-stage.js';

const kv = (key: string, value: string) => ({ key: toBase64(key), value: toBase64(value) });

/** A gateway whose keys the test changes. */
const gateway = () => {
	const state = { keys: [kv('svc/a', '10.0.0.1:80')], revision: 5, watches: [] as { from: string; response: ServerResponse }[], asked: 0 };
	const answer = (request: { url?: string | undefined }, response: ServerResponse, body: string): void => {
		const asked = JSON.parse(body) as Record<string, { start_revision: string }>;
		if (request.url === '/v3/kv/range') {
			if (!asked.count_only) state.asked += 1;
			response.end(JSON.stringify({ header: { revision: String(state.revision) }, kvs: state.keys }));
		} else {
			response.write(`${JSON.stringify({ result: { created: true } })}\n`);
			state.watches.push({ from: asked.create_request!.start_revision, response });
		}
	};
	return { state, answer };
};

test('a list, then a watch from its revision on; a change is read again', async (t) => {
	const { state, answer } = gateway();
	const place = await serveHttp(t, answer);
	const { says } = followed(t, etcd, `etcd://${place}/svc/`);
	t.is(await says(/./), '10.0.0.1:80+');
	while (state.watches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	t.is(state.watches[0]!.from, '6');
	state.keys.push(kv('svc/b', '{"Addr":"10.0.0.2:81"}'), kv('svc/10.0.0.3:82', ''));
	// In two pieces: a line ends where it ends.
	state.watches[0]!.response.write('{"result":{"eve');
	state.watches[0]!.response.write('nts":[{}]}}\n');
	t.is(await says(/10.0.0.2/), '10.0.0.1:80+ 10.0.0.2:81+ 10.0.0.3:82+');
});

test('compacted: listed anew, and watched from there, without a loss', async (t) => {
	const { state, answer } = gateway();
	const place = await serveHttp(t, answer);
	const { says, words } = followed(t, etcd, `etcd://${place}/svc/`);
	await says(/:80/);
	while (state.watches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	state.revision = 900;
	state.keys = [kv('svc/z', '10.0.0.9:90')];
	state.watches[0]!.response.write('{"result":{"canceled":true,"compact_revision":"800"}}\n');
	t.is(await says(/:90/), '10.0.0.9:90+');
	while (state.watches.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
	t.is(state.watches[1]!.from, '901');
	t.false(words.some((word) => word.startsWith('lost')));
});

test('a watch that ends is a loss; the next member is asked', async (t) => {
	const first = gateway();
	const second = gateway();
	second.state.keys = [kv('svc/a', '10.0.0.2:80')];
	const places = [await serveHttp(t, first.answer), await serveHttp(t, second.answer)];
	const { says } = followed(t, etcd, `etcd://${places.join(',')}/svc/`);
	await says(/10.0.0.1/);
	while (first.state.watches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	first.state.watches[0]!.response.end();
	await says(/lost: etcd at .*closed/);
	await says(/10.0.0.2/);
	t.pass();
});

for (const [what, bytes] of GARBAGE) {
	test(`a server that says ${what}: lost, and nothing thrown`, async (t) => {
		const place = await serveTcp(t, (socket) => (bytes === null ? socket.destroy() : void socket.end(bytes)));
		t.regex(await followed(t, etcd, `etcd://${place}/svc`).says(/./), /^lost: etcd at 127\.0\.0\.1:\d+: /);
	});
}

test('its own word is told', async (t) => {
	const place = await serveHttp(t, (_, response) => {
		response.statusCode = 400;
		response.end('{"error":"etcdserver: user name is empty","code":3,"message":"etcdserver: user name is empty"}');
	});
	t.regex(await followed(t, etcd, `etcd://${place}/svc`).says(/./), /answered 400: etcdserver: user name is empty/);
});

test('cannot be right', (t) => {
	for (const address of ['etcd://h:2379', 'etcd://h:2379/', 'etcd:///svc', 'etcd://h/x?y=1']) {
		t.is((t.throws(() => followed(t, etcd, address), { instanceOf: DarumaError }, address) as DarumaError).exit, 2);
	}
});
