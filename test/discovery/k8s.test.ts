import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { findAccess, readKubeconfig } from '../../src/discovery/k8s-access.js';
import { type EndpointSlice, readSlices, Slices } from '../../src/discovery/k8s-slices.js';
import { listen } from '../probes/ask.js';
import { have, scratch } from '../subjects/stage.js';
import { follow, has, isLost, lines } from './stage.js';

const pem = (name: string): string => fileURLToPath(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url));

const slice = (name: string, endpoints: NonNullable<EndpointSlice['endpoints']>, more: EndpointSlice = {}): EndpointSlice => ({
	metadata: { name, resourceVersion: '1' },
	addressType: 'IPv4',
	ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
	endpoints,
	...more,
});
const pod = (address: string, conditions = {}, name?: string) => ({ addresses: [address], conditions, ...(name && { targetRef: { kind: 'Pod', name } }) });

for (const [what, slices, port, want] of [
	[
		'conditions, those not said included',
		[
			slice('a', [
				pod('10.0.0.1', {}, 'web-1'),
				pod('10.0.0.2', { ready: false }),
				pod('10.0.0.3', { ready: false, serving: true, terminating: true }, 'web-3'),
				pod('10.0.0.4', { ready: null }),
			]),
		],
		null,
		['10.0.0.1:8080 up (web-1)', '10.0.0.2:8080 down (not ready)', '10.0.0.3:8080 down (web-3 terminating, still serving)', '10.0.0.4:8080 up'],
	],
	['both families', [slice('a', [pod('10.0.0.1')]), slice('b', [pod('fd00::1')], { addressType: 'IPv6' })], 'http', ['10.0.0.1:8080 up', '[fd00::1]:8080 up']],
	['no endpoints', [slice('a', [], { ports: null })], null, []],
	[
		'a port by its number',
		[
			slice('a', [pod('10.0.0.1')], {
				ports: [
					{ name: 'm', port: 9090 },
					{ name: 'http', port: 8080 },
				],
			}),
		],
		'9090',
		['10.0.0.1:9090 up'],
	],
	[
		'only TCP is asked',
		[
			slice('a', [pod('10.0.0.1')], {
				ports: [
					{ name: 'd', port: 53, protocol: 'UDP' },
					{ name: 't', port: 54 },
				],
			}),
		],
		null,
		['10.0.0.1:54 up'],
	],
	['the same address in two addresses is one endpoint', [slice('a', [{ addresses: ['10.0.0.1', '10.0.0.9'] }])], null, ['10.0.0.1:8080 up']],
] as const)
	test(`slices: ${what}`, (t) => t.deepEqual(lines(readSlices(slices as unknown as EndpointSlice[], port).entries), [...want]));

test('which port is not guessed', (t) => {
	const two = [
		slice('a', [pod('10.0.0.1')], {
			ports: [
				{ name: 'http', port: 80 },
				{ name: 'm', port: 90 },
			],
		}),
	];
	t.regex(t.throws(() => readSlices(two, null)).message, /several ports \(http = 80, m = 90\): name one/);
	t.regex(t.throws(() => readSlices(two, 'grpc')).message, /none of its endpoints has the port grpc; it has http = 80, m = 90/);
});

test('events of a watch', (t) => {
	const slices = new Slices();
	slices.list({ metadata: { resourceVersion: '7' }, items: [slice('a', [])] });
	const event = (type: string, object: object) => slices.event(JSON.stringify({ type, object }));
	t.is(event('ADDED', slice('b', [pod('10.0.0.1')], { metadata: { name: 'b', resourceVersion: '8' } })).kind, 'changed');
	t.is(event('BOOKMARK', { metadata: { resourceVersion: '9' } }).kind, 'nothing');
	t.deepEqual([slices.version, slices.all.length], ['9', 2]);
	t.is(event('DELETED', slice('a', [])).kind, 'changed');
	t.is(slices.all.length, 1);
	t.deepEqual(event('ERROR', { code: 410, message: 'too old resource version' }), { kind: 'relist', why: 'too old resource version' });
	t.is(slices.event('{').kind, 'relist');
	t.throws(() => slices.list({ kind: 'Status' }), { message: /no list of EndpointSlices/ });
});

const KUBECONFIG = `
current-context: here
contexts:
- { name: here, context: { cluster: c, user: token } }
- { name: cert, context: { cluster: c, user: cert } }
- { name: plugin, context: { cluster: c, user: plugin } }
- { name: open, context: { cluster: open, user: token } }
- { name: lame, context: { cluster: nowhere } }
clusters:
- { name: c, cluster: { server: "https://127.0.0.1:6443/prefix", certificate-authority: ca.pem } }
- { name: open, cluster: { server: "http://10.0.0.1:8080" } }
users:
- { name: token, user: { token: secret } }
- { name: cert, user: { client-certificate-data: ${Buffer.from('CERT').toString('base64')}, client-key-data: ${Buffer.from('KEY').toString('base64')} } }
- { name: plugin, user: { exec: { command: aws } } }
`;

test('a kubeconfig: tokens, certificates, plugins, and what is missing', (t) => {
	const dir = scratch(t);
	writeFileSync(join(dir, 'ca.pem'), 'ROOTS');
	const file = join(dir, 'config');
	const token = readKubeconfig(file, KUBECONFIG);
	t.like(token, { headers: { authorization: 'Bearer secret' }, tls: { ca: 'ROOTS' } });
	t.like(readKubeconfig(file, KUBECONFIG, 'cert'), { headers: {}, tls: { cert: 'CERT', key: 'KEY' } });
	t.deepEqual((readKubeconfig(file, KUBECONFIG, 'plugin') as { kubectl: string[] }).kubectl, ['--kubeconfig', file, '--context', 'plugin']);
	t.throws(() => readKubeconfig(file, KUBECONFIG, 'open'), { message: /10.0.0.1:8080 is not encrypted: no token is sent there/ });
	t.throws(() => readKubeconfig(file, KUBECONFIG, 'lame'), { message: /there is no cluster "nowhere"/ });
	t.throws(() => readKubeconfig(file, '', 'x'), { message: /there is no context "x"/ });
	t.throws(() => findAccess({ kubeconfig: join(dir, 'none') }, {}), { message: /there is no kubeconfig at .*none/ });
});

/** An API server of one service, over HTTPS with a bearer token: a list, and watches that are told events. */
const api = async (t: ExecutionContext) => {
	const state = { items: [slice('a', [pod('10.0.0.1')])], version: '100', status: 200, gone: false, lists: 0 };
	const watches = new Set<ServerResponse>();
	const asked: string[] = [];
	const answer = (request: IncomingMessage, response: ServerResponse): unknown => {
		asked.push(request.url ?? '');
		const url = new URL(request.url ?? '', 'http://x');
		const fail = (code: number, message: string): unknown => response.writeHead(code).end(JSON.stringify({ kind: 'Status', code, message }));
		if (request.headers.authorization !== 'Bearer secret') return fail(401, 'Unauthorized');
		if (state.status !== 200) return fail(state.status, 'etcd is away');
		if (url.searchParams.get('watch') === '1') {
			response.writeHead(200);
			response.flushHeaders();
			watches.add(response);
			response.on('close', () => watches.delete(response));
			if (state.gone) {
				state.gone = false;
				response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } })}\n`);
			}
			return null;
		}
		state.lists++;
		return response.end(JSON.stringify({ kind: 'EndpointSliceList', metadata: { resourceVersion: state.version }, items: state.items }));
	};
	const server = createHttps({ key: readFileSync(pem('good')), cert: readFileSync(pem('good')) }, answer);
	const port = await listen(t, server);
	const dir = scratch(t);
	const file = join(dir, 'config');
	writeFileSync(
		file,
		JSON.stringify({
			'current-context': 'x',
			contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
			clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': pem('ca') } }],
			users: [{ name: 'u', user: { token: 'secret' } }],
		}),
	);
	const event = (type: string, object: object): void => {
		for (const watch of watches) watch.write(`${JSON.stringify({ type, object })}\n`);
	};
	const watched = async (): Promise<void> => {
		const end = performance.now() + 30_000;
		while (watches.size === 0) {
			if (performance.now() > end) throw new Error(`no watch was begun: ${asked.join(' ')}`);
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	};
	const hangUp = (): void => {
		for (const watch of watches) watch.destroy();
	};
	return { state, file, asked, event, watched, hangUp };
};

test('list and watch over HTTPS with a token; a watch that breaks, a 410, an outage, a service that is deleted', async (t) => {
	const { state, file, asked, event, watched, hangUp } = await api(t);
	const { until, news } = await follow(t, `k8s://shop/web?kubeconfig=${file}`);
	await until(has('10.0.0.1:8080 up'));
	await watched();
	t.regex(asked[0] as string, /^\/apis\/discovery.k8s.io\/v1\/namespaces\/shop\/endpointslices\?labelSelector=kubernetes.io%2Fservice-name%3Dweb$/);
	t.regex(asked[1] as string, /watch=1&resourceVersion=100&allowWatchBookmarks=true/);
	// While it moves to another slice it stands in both.
	event('ADDED', slice('b', [pod('10.0.0.1'), pod('10.0.0.2', { ready: false })], { metadata: { name: 'b', resourceVersion: '101' } }));
	await until(has('10.0.0.1:8080 up', '10.0.0.2:8080 down (not ready)'));
	// The history is gone: the next watch is refused, and a new list has what was missed.
	state.gone = true;
	state.version = '200';
	state.items = [slice('b', [pod('10.0.0.2')])];
	const before = state.lists;
	event('ERROR', { code: 410, message: 'too old' });
	await until(has('10.0.0.2:8080 up'));
	t.true(state.lists > before);
	state.status = 503;
	hangUp();
	t.is((await until(isLost(/^https:\/\/127.0.0.1:\d+: it answered 503: etcd is away$/))).entries.length, 1);
	state.status = 200;
	state.items = [];
	await until(isLost(/namespace shop has no EndpointSlice of a service web/));
	t.false(news.join().includes('secret'));
});

test('the proxy of kubectl needs no token; who may not is told so', async (t) => {
	const port = await listen(
		t,
		createHttp((request, response) => {
			if (request.url?.includes('/secret/')) response.writeHead(403).end(JSON.stringify({ message: 'endpointslices is forbidden' }));
			else response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [slice('a', [pod('10.0.0.1')])] }));
		}),
	);
	const [open, closed] = [
		await follow(t, `k8s://ns/web:8080?server=http://127.0.0.1:${port}`),
		await follow(t, `k8s://secret/web?server=http://127.0.0.1:${port}`),
	];
	await open.until(({ entries }) => lines(entries).join() === '10.0.0.1:8080 up');
	await closed.until(isLost(/it answered 403: endpointslices is forbidden/));
	t.pass();
});

test('a real kubectl, for users whom only it can authenticate', async (t) => {
	if (!have(t, 'kubectl')) return;
	const { state, file, asked } = await api(t);
	const { until } = await follow(t, `k8s://shop/web?via=kubectl&every=100ms&kubeconfig=${file}`);
	await until(has('10.0.0.1:8080 up'));
	// It may ask for other things besides, such as the server's version.
	t.true(
		asked.some((url) => /endpointslices\?labelSelector=kubernetes.io%2Fservice-name%3Dweb/.test(url)),
		asked.join(' '),
	);
	state.status = 503;
	t.is((await until(isLost(/^kubectl: .*(ServiceUnavailable|etcd is away)/))).entries.length, 1);
});
