import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Ajv } from 'ajv';
import test from 'ava';
import type { MeshResult } from '../../src/checks/mesh/result.js';
import { parseVantage, runMesh } from '../../src/engine/mesh.js';
import { hostPort } from '../../src/model/endpoint.js';
import { freePort } from '../../src/platform/ports.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { stage } from '../cluster/stage.js';
import { canned, clock, listen } from '../probes/ask.js';

const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(
	JSON.parse(await readFile(new URL('../../../schemas/mesh.schema.json', import.meta.url), 'utf8')),
);

const look = (urls: readonly string[], more: { count?: number } = {}): Promise<MeshResult> =>
	runMesh(urls.map(parseVantage), { count: 1, intervalMs: 300, timeoutMs: 10_000, staleMs: 10_000, probe: {}, clock, ...more });

const until = async (urls: readonly string[], seen: (result: MeshResult) => boolean): Promise<MeshResult> => {
	for (;;) {
		const result = await look(urls);
		if (seen(result)) return result;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
};
const kinds = ({ findings }: MeshResult): string[] => findings.map(({ kind }) => kind);

test('live: three replicas, one direction of one pair cut: the asymmetric view is named; mended, it is gone', async (t) => {
	const proxies = createProxies({ seed: 1 });
	t.teardown(() => proxies.close());
	let cut = '';
	const { cluster, events } = await stage(t, { replicas: 3, replica: { kind: 'http', serviceMs: 5, mesh: true } }, (from, to) =>
		from === 'n1' && to.name === 'n2' ? cut : hostPort(to),
	);
	const n2 = cluster.nodes[1] as (typeof cluster.nodes)[number];
	const proxy = await proxies.create({ name: 'n1-n2', listen: '', upstream: hostPort(n2), enabled: true });
	cut = proxy.listen;
	await cluster.start();
	const urls = cluster.nodes.map((node) => `http://${hostPort(node)}`);

	const ups = ({ matrix }: MeshResult): number => matrix.filter(({ vantage, state }) => vantage !== 'here' && state === 'up').length;
	const well = await until(urls, (result) => result.verdict === 'pass' && ups(result) === 6);
	t.true(fits(JSON.parse(JSON.stringify(well))), JSON.stringify(fits.errors));
	t.deepEqual(well.components, [['n1', 'n2', 'n3']]);

	await proxy.addToxic({ name: 'cut', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 } });
	const parted = await until(urls, (result) => kinds(result).join() === 'asymmetric');
	t.true(fits(JSON.parse(JSON.stringify(parted))), JSON.stringify(fits.errors));
	t.regex(parted.findings[0]?.text ?? '', /^n1 sees n2 down for \S+, n2 sees n1 up; n3 and we see both up$/);
	t.is(parted.verdict, 'fail');
	t.is(parted.endpoints.find(({ endpoint }) => endpoint === 'n2')?.state, 'suspect', 'one of three is no quorum');
	t.is(parted.components.length, 1, 'n3 holds them together');

	await proxy.removeToxic('cut');
	await until(urls, ({ verdict }) => verdict === 'pass');

	// Its costs are counted, and no request of the mesh is one of the run's.
	const counted = await look(urls, { count: 2 });
	t.deepEqual([counted.cost.pairs, counted.cost.growth, counted.cost.atTwice.pairs, counted.cost.toldBy], [6, 'square', 30, 3]);
	t.true((counted.cost.heartbeats?.requests ?? 0) > 0 && (counted.cost.heartbeats?.bytesReceived ?? 0) > 0);
	t.is(counted.cost.collecting.requests, 6);
	await n2.kill();
	const dead = await until(urls, (result) => kinds(result).includes('down'));
	t.deepEqual([dead.verdict, dead.findings.find(({ kind }) => kind === 'down')?.names], ['fail', ['n2']]);
	t.false((await events()).some(({ kind }) => kind === 'receipt' || kind === 'received' || kind === 'executed'));
});

test('live: whoever answers with something else is no vantage point, and cannot hurt', async (t) => {
	const deep = createServer((_, response) => response.end(`{"vantage":"v","views":${'['.repeat(100_000)}${']'.repeat(100_000)}}`));
	const huge = createServer((_, response) => {
		response.on('error', () => {});
		const write = (): void => {
			while (!response.destroyed && response.write('x'.repeat(65_536)));
			if (!response.destroyed) response.once('drain', write);
		};
		write();
	});
	const other = createServer((_, response) => response.end('{"vantage":"w"}'));
	const ports = [
		await canned(t, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
		await canned(t, 'garbage\r\n\r\n'),
		await listen(t, deep),
		await listen(t, huge),
		await listen(t, other),
		await freePort(),
	];
	const result = await look(ports.map((port) => `http://127.0.0.1:${port}/`));
	t.is(result.verdict, 'inconclusive');
	const whys = result.vantages.map(({ why }) => why);
	for (const [i, words] of [/no JSON/, /protocol/, /no object/, /too-large/, /no list of "views"/, /refused/].entries()) t.regex(whys[i] ?? '', words);
	t.true(fits(JSON.parse(JSON.stringify(result))), JSON.stringify(fits.errors));
});

test('what a vantage point may be called', (t) => {
	for (const [typed, name, path] of [
		['http://127.0.0.1:1', null, '/.daruma/views'],
		['http://127.0.0.1:1/status', null, '/status'],
		['n1=http://127.0.0.1:1/status', 'n1', '/status'],
		['http://10.0.0.1:8080/=http://127.0.0.1:1/', 'http://10.0.0.1:8080/', '/.daruma/views'],
		['http://127.0.0.1:1/?next=http://h/', null, '/?next=http://h/'],
	] as const) {
		const { name: found, target } = parseVantage(typed);
		t.deepEqual([found, target.path], [name, path], typed);
	}
	t.throws(() => parseVantage('tcp://127.0.0.1:1'), { message: /expected http/ });
	t.throws(() => parseVantage('n1'), { message: /expected a URL/ });
});
