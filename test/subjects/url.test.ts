import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { TrafficSpec } from '../../src/model/plan.js';
import { HistoryWriter } from '../../src/platform/history-writer.js';
import { freePort } from '../../src/platform/ports.js';
import { Tap } from '../../src/proxy/tap.js';
import { arrival } from '../../src/subjects/arrival.js';
import { destinationOf } from '../../src/subjects/destination.js';
import type { Stage } from '../../src/subjects/subject.js';
import { url } from '../../src/subjects/url.js';
import { identity } from '../../src/wire/request-id.js';
import { openStage, scratch, send, tinyNode } from './stage.js';

const mix: TrafficSpec['mix'] = [{ method: 'GET', path: '/task', share: 1, headers: {}, body: null, idempotent: true, ok: { op: '<', status: 400 } }];
const traffic: TrafficSpec = { rate: 1, pacing: 'constant', timeoutMs: 1000, connections: 'pooled', mix };

/** A gateway that was there before us: it asks `to`, and may forget headers. */
const gateway = async (t: ExecutionContext, to: Endpoint, where?: string, drop?: string): Promise<number> => {
	const server = createServer((request, response) => {
		const headers = { ...request.headers };
		if (drop !== undefined) delete headers[drop];
		const onward = ask({ host: to.host, port: to.port, method: request.method, path: request.url, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 0);
			answer.pipe(response);
		});
		onward.on('error', () => response.writeHead(502).end());
		request.pipe(onward);
	});
	await new Promise<void>((resolve) => void server.listen(where === undefined ? { port: 0, host: '127.0.0.1' } : { path: where }, resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return where === undefined ? (server.address() as AddressInfo).port : 0;
};

/** A node behind a tap, as a run has it. */
const tapped = async (t: ExecutionContext): Promise<Stage> => {
	const stage = await openStage(t, []);
	const replica = await tinyNode(t, 'n1');
	const history = new HistoryWriter(stage.history, (error) => t.fail(error.message));
	history.now({ kind: 'header', t: 0, schema: 'daruma.history/1', run: stage.run, seed: 1, startedAt: new Date(0).toISOString() });
	const node = { name: 'n1', host: '127.0.0.1', port: await freePort() };
	const tap = new Tap({
		node: 'n1',
		life: 1,
		host: node.host,
		port: node.port,
		upstream: replica,
		clock: stage.clock,
		history,
		identity: identity(),
		onCrash() {},
		onFatal: (error) => t.fail(error.message),
	});
	await tap.listen();
	t.teardown(() => {
		tap.end();
		tap.destroy();
	});
	return { ...stage, nodes: [node], traffic };
};

test.serial('a gateway that runs already is used, and reached only when its requests reach a node', async (t) => {
	const stage = await tapped(t);
	for (const drop of [undefined, 'x-daruma-id']) {
		const spec = { kind: 'url', url: `http://127.0.0.1:${await gateway(t, stage.nodes[0]!, undefined, drop)}` } as const;
		t.deepEqual(await url.check(spec), { url: spec.url });
		const subject = await url.start(spec, stage);
		t.is((await send(stage, subject.target!, 'r1')).status, 200);
		await subject.stop();
		t.is((await send(stage, subject.target!, 'r2')).status, 200, 'it is not ours to stop');
	}
});

test.serial('a gateway behind a socket file', async (t) => {
	const stage = await tapped(t);
	const path = join(scratch(t), 'gateway.sock');
	await gateway(t, stage.nodes[0]!, path);
	const spec = { kind: 'url', url: `http+unix:${path}:/` } as const;
	await url.check(spec);
	const { target } = await url.start(spec, stage);
	t.like(target, { socketPath: path });
});

test('nothing there: exit 4 before anything is started; another machine: exit 5 unless allowed', async (t) => {
	const port = await freePort();
	await t.throwsAsync(url.check({ kind: 'url', url: `http://127.0.0.1:${port}` }), { code: 'E_SUBJECT_ABSENT', message: /nothing answers at .*ECONNREFUSED/ });
	const far = { kind: 'url', url: 'http://192.0.2.1:80' } as const;
	const error = await t.throwsAsync<Error & { exit: number; hint: string }>(url.check(far), { code: 'E_UNSAFE' });
	t.is(error?.exit, 5);
	t.regex(error?.hint ?? '', /--allow 192\.0\.2\.1/);
	await t.throwsAsync(url.check({ ...far, allow: ['192.0.2.2'] }), { code: 'E_UNSAFE' });
});

test('where a url leads', (t) => {
	t.deepEqual(destinationOf({ url: 'https://localhost:8443/api/' }), { name: 'subject', host: 'localhost', port: 8443, tls: {}, basePath: '/api' });
	t.deepEqual(destinationOf({ url: 'http://[::1]:80' }), { name: 'subject', host: '::1', port: 80 });
	t.like(destinationOf({ url: 'https://localhost', tls: { ca: '/ca.pem' } }), { port: 443, tls: { ca: '/ca.pem' } });
	t.throws(() => destinationOf({ url: 'tcp://127.0.0.1:1' }), { code: 'E_CONFIG', message: /expected http, https.*found tcp/ });
	t.throws(() => destinationOf({ url: 'http://127.0.0.1:1/?a=1' }), { code: 'E_CONFIG', message: /no query/ });
	t.throws(() => destinationOf({ url: 'http://127.0.0.1:1', tls: {} }), { code: 'E_CONFIG', message: /an https url/ });
	const secret = t.throws(() => destinationOf({ url: 'http://user:s3cret@127.0.0.1:1' }), { code: 'E_CONFIG' });
	t.notRegex(secret.message, /s3cret/);
});

test.serial('a gateway that leads elsewhere is found out', async (t) => {
	const stage = await tapped(t);
	const stranger = await tinyNode(t, 'stranger');
	const to = destinationOf({ url: `http://127.0.0.1:${await gateway(t, stranger)}` });
	t.deepEqual(await arrival(to, stage, 'arrival-1', 0), { node: null, last: 'status 200' });
	const ours = destinationOf({ url: `http://127.0.0.1:${await gateway(t, stage.nodes[0]!)}` });
	t.is((await arrival(ours, stage, 'arrival-2', 20_000)).node, 'n1');
});
