// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such text is what users write
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { freePort } from '../../src/platform/ports.js';
import { daruma, scratch } from './daruma.js';
import { checkOf, experimentOf, FIXTURES } from './experiment.js';
import { Marked } from './leftovers.js';

const own = (...flags: string[]): string[] => [process.execPath, join(FIXTURES, 'traffic/round-robin.js'), ...flags];
const plan = (more: object): string =>
	JSON.stringify({
		version: 1,
		seed: 7,
		cluster: { replicas: 3, builtin: { http: { serviceMs: 5 } } },
		experiments: [{ name: 'short', fault: { kind: 'kill', target: 'n2', for: '1s' }, baseline: '5s', after: '30s' }],
		...more,
	});

test.serial('verify -- a test of one’s own: its exit code and what replicas saw are judged, and nothing outlives it', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	writeFileSync(join(cwd, 'daruma.yaml'), plan({}));
	const ran = await daruma(['verify', '--json', '--correlate', 'header x-request-id', '--', ...own('--tolerant')], { cwd, env: mark.env });
	const result = JSON.parse(ran.stdout) as RunResult;
	t.deepEqual(result.subject, { kind: 'none' });
	t.like(checkOf(ran.stdout, 'command'), { verdict: 'pass', value: 0, exposure: 1 }, ran.stdout);
	const { metrics, notes, checks } = experimentOf(ran.stdout);
	for (const name of ['requests', 'availability', 'p99Ms', 'timeToFailoverMs', 'lost', 'ghost']) t.is(metrics[name]!.value, null, name);
	for (const name of ['replayed', 'doubleExecuted', 'nonIdempotentReplayed']) t.is(metrics[name]!.value, 0, name);
	t.false(
		checks.some((check) => check.metric === 'availability'),
		'what only our own client can tell is left to the exit code',
	);
	t.regex(ran.stderr, /not judged with your own traffic.*availability/);
	t.true(notes.some((note) => /requests of your own traffic reached the nodes/.test(note)));
	t.true(ran.ms < 60_000, 'the rest of the schedule is not waited for');
	const [run] = readdirSync(join(cwd, '.daruma/runs'));
	t.regex(readFileSync(join(cwd, '.daruma/runs', run!, 'logs/e0/traffic.log'), 'utf8'), /[1-9]\d* calls failed/);
	t.deepEqual((await mark.gone(2000)).left, []);
});

test.serial('a gateway that runs already, ids in another header, a secret, stages', async (t) => {
	const cwd = scratch(t);
	const ports = [await freePort(), await freePort(), await freePort()];
	const secrets = new Set<string | undefined>();
	let turn = 0;
	const gateway = createServer((request, response) => {
		const { 'x-daruma-id': _, ...headers } = request.headers;
		secrets.add(request.headers.authorization);
		const onward = ask({ host: '127.0.0.1', port: ports[turn++ % 3], method: request.method, path: request.url, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 0);
			answer.pipe(response);
		});
		onward.on('error', () => response.writeHead(502).end());
		request.pipe(onward);
	});
	await new Promise<void>((resolve) => void gateway.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		gateway.closeAllConnections();
		gateway.close();
	});
	writeFileSync(
		join(cwd, 'daruma.yaml'),
		plan({
			cluster: { ports, builtin: { http: { serviceMs: 5 } } },
			subject: { url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}` },
			traffic: {
				rate: [
					{ for: '1s', rate: '0/s..40/s' },
					{ for: '1s', rate: '40/s' },
				],
				clients: 5,
				correlate: 'header x-request-id',
				mix: [{ method: 'POST', path: '/task', headers: { authorization: 'Bearer ${API_TOKEN}' }, ok: { status: '< 500', body: '/"node":"n[123]"/' } }],
			},
			experiments: [
				{ fault: { kind: 'kill', target: 'n2', for: '1s' }, baseline: '1s', after: '1s', expect: { availability: '<= 99%', nonIdempotentReplayed: 0 } },
			],
		}),
	);
	const env = { API_TOKEN: 'tell-nobody-7391' };
	const ran = await daruma(['verify', '--json'], { cwd, env });
	const { metrics } = experimentOf(ran.stdout);
	t.true(metrics.requests!.value! > 0);
	t.is(metrics.nonIdempotentReplayed!.value, 0, ran.stdout);
	t.true(metrics.availability!.value! > 0 && metrics.availability!.value! < 1, 'a third of them met a dead node, the others were answered by their node');
	t.deepEqual([...secrets], ['Bearer tell-nobody-7391'], 'each request carried it, the question before the run too');
	const dry = await daruma(['verify', '--dry-run'], { cwd, env });
	t.regex(dry.stdout, /Bearer \$\{API_TOKEN\}/);
	const folder = join(cwd, '.daruma');
	const told = readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((each) => each.isFile())
		.map((each) => readFileSync(join(each.parentPath, each.name), 'utf8'));
	t.true(told.length > 4);
	for (const text of [ran.stdout, ran.stderr, dry.stdout, dry.stderr, ...told]) t.false(text.includes('tell-nobody'));
	const missing = await daruma(['verify', '--json'], { cwd, env: { API_TOKEN: undefined } });
	t.is(missing.code, 2);
	t.regex(JSON.parse(missing.stdout).error.message, /expected the environment variable API_TOKEN/);
});

test.serial('what is wrong with a command behind -- is told before anything starts', async (t) => {
	const cwd = scratch(t);
	for (const [words, says] of [
		[['--'], /expected a command after --/],
		[['--', process.execPath, '{target}'], /\{target\} needs a subject that listens/],
	] as const) {
		const ran = await daruma(['verify', '--json', ...words], { cwd });
		t.is(ran.code, 2, ran.stdout + ran.stderr);
		t.regex(JSON.parse(ran.stdout).error.message, says);
	}
	t.throws(() => readdirSync(join(cwd, '.daruma')), { code: 'ENOENT' });
});
