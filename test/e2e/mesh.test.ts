import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Ajv } from 'ajv';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { listen } from '../probes/ask.js';
import { daruma, start } from './daruma.js';

const schema = async (name: string) =>
	new Ajv({ strict: true, allowUnionTypes: true }).compile(
		JSON.parse(await readFile(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8')),
	);
const serve = async (t: ExecutionContext, body: string): Promise<string> =>
	`http://127.0.0.1:${await listen(
		t,
		createServer((_, response) => response.end(body)),
	)}/`;
const views = (vantage: string, seen: Record<string, string>): string =>
	JSON.stringify({ vantage, views: Object.entries(seen).map(([endpoint, state]) => ({ endpoint, state, sinceMs: 5, latencyMs: null })) });

test('probe --compare: exit codes and the document', async (t) => {
	const [a, b, wrong] = [await serve(t, '{"v":1,"at":1}'), await serve(t, '{"at":2,"v":1}'), await serve(t, '{"at":3,"v":2}')];
	const quick = ['--count', '2', '--interval', '10ms', '--timeout', '10s'];
	for (const [args, code] of [
		[['--compare', a, b, '--ignore', '$.at'], 0],
		[['--compare', a, b, wrong, '--ignore', '$.at'], 1],
		[['--compare', a, b], 1],
		[['--compare', a, b, wrong, '--height', '$.at', '--max-lag', '1', '--digest', '$.v'], 1],
		[['--compare', a, b, '--digest', '$.nowhere'], 3],
		[['--compare', a], 2],
		[['--compare', a, b, '--max-lag', '1'], 2],
		[['--compare', a, b, '--ignore', 'at'], 2],
		[[a, '--digest', '$.v'], 2],
	] as const) {
		const ran = await daruma(['probe', ...quick, ...args]);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
		t.is(ran.stdout === '', code === 2);
	}
	const ran = await daruma(['probe', ...quick, '--compare', a, b, wrong, '--ignore', '$.at', '--json']);
	const document = JSON.parse(ran.stdout);
	const fits = await schema('probe');
	t.true(fits(document), JSON.stringify(fits.errors));
	t.deepEqual([ran.code, document.agreement.verdict, document.agreement.endpoints[2].verdict], [1, 'fail', 'dissents']);
	t.is(document.cost.requests, 12, 'two rounds, each asked again');
});

test('mesh: exit codes and the document', async (t) => {
	const up = await serve(t, views('n1', { n1: 'up', n2: 'up' }));
	const also = await serve(t, views('n2', { n1: 'up', n2: 'up' }));
	const down = await serve(t, views('n2', { n1: 'down', n2: 'up' }));
	const gone = `http://127.0.0.1:${await freePort()}/`;
	for (const [args, code] of [
		[[up, also], 0],
		[[`n1=${up}`, `n2=${down}`], 1],
		[[up, also, gone], 3],
		[[gone], 3],
		[['tcp://127.0.0.1:1'], 2],
		[[up, '--count', '0'], 2],
		[[up, '--stale', 'long'], 2],
		[[up, up], 2],
		[[], 2],
	] as const) {
		const ran = await daruma(['mesh', '--timeout', '10s', ...args]);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
		t.notRegex(ran.stderr, /at file:|bug/);
	}
	const ran = await daruma(['mesh', '--timeout', '10s', up, down, '--json']);
	const document = JSON.parse(ran.stdout);
	const fits = await schema('mesh');
	t.true(fits(document), JSON.stringify(fits.errors));
	t.is(ran.code, 1);
	t.deepEqual(
		document.findings.map(({ kind, names }: { kind: string; names: string[] }) => [kind, names.join(' ')]),
		[
			['partition', 'n1 n2'],
			['down', 'n1'],
			['asymmetric', 'n2 n1'],
		],
	);
});

test('two watches beside two endpoints are vantage points', async (t) => {
	const endpoint = await serve(t, 'ok');
	const gone = `tcp://127.0.0.1:${await freePort()}`;
	const ports = [await freePort(), await freePort()];
	const watches = ports.map((port) => start(['watch', endpoint, gone, '--interval', '50ms', '--timeout', '10s', '--listen', `127.0.0.1:${port}`]));
	t.teardown(async () => {
		for (const { child } of watches) child.kill('SIGINT');
		await Promise.all(watches.map(({ ended }) => ended));
	});
	const urls = ports.map((port) => `http://127.0.0.1:${port}/status`);
	for (;;) {
		const ran = await daruma(['mesh', '--timeout', '10s', ...urls, '--json']);
		const { endpoints, vantages } = JSON.parse(ran.stdout);
		const state = (name: string) => endpoints.find((each: { endpoint: string }) => each.endpoint === name)?.state;
		if (state(endpoint) !== 'up' || state(gone) !== 'down') continue;
		t.is(ran.code, 1);
		t.deepEqual(
			vantages.map((each: { vantage: string; heard: boolean; at: string | null }) => [each.vantage, each.heard, each.at]),
			ports.map((port) => [`127.0.0.1:${port}`, true, null]),
		);
		return;
	}
});
