import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Ajv } from 'ajv';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { listen } from '../probes/ask.js';
import { daruma, ROOT, scratch, start } from './daruma.js';

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false });
const schema = (name: string) => ajv.compile(JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')));
const fits = { document: schema('discover'), event: schema('discover-follow'), watch: schema('watch') };

const list = (t: ExecutionContext, text: string): string => {
	const file = join(scratch(t), 'list');
	writeFileSync(file, text);
	return file;
};

// biome-ignore lint/suspicious/noExplicitAny: events of all kinds
type Told = any;

/** A daruma that tells NDJSON: `until` waits for the next event of a kind. */
const ndjson = (t: ExecutionContext, args: readonly string[]) => {
	const running = start(args);
	t.teardown(() => running.child.kill('SIGKILL'));
	const told = createInterface({ input: running.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
	const events: Told[] = [];
	const until = async (good: (event: Told) => boolean): Promise<Told> => {
		for (;;) {
			const { value, done } = await told.next();
			if (done) throw new Error(`it ended before: ${JSON.stringify(events)} ${(await running.ended).stderr}`);
			events.push(JSON.parse(value));
			if (good(events.at(-1))) return events.at(-1);
		}
	};
	return { running, events, until };
};

test('a list as a table, as lines and as a document by its schema', async (t) => {
	const file = list(t, '10.0.0.1:80 weight=3\n[::1]:81 down backup\n');
	const table = await daruma(['discover', `file:${file}`]);
	t.is(table.code, 0);
	t.is(table.stdout, 'STATUS   ENDPOINT     WEIGHT  DETAIL\nunknown  10.0.0.1:80       3\ndown     [::1]:81          1  backup\n');
	const lines = await daruma(['discover', `file:${file}`, '--as', 'http://{}/healthz', '--format', 'lines']);
	t.is(lines.stdout, 'http://10.0.0.1:80/healthz\nhttp://[::1]:81/healthz\n');
	const { code, stdout } = await daruma(['discover', `file:${file}`, '--json']);
	const document = JSON.parse(stdout);
	t.true(fits.document(document), JSON.stringify(fits.document.errors));
	t.is(code, 0);
	t.like(document, { schema: 'daruma.discover/1', source: `file:${file}`, state: 'fresh', ageMs: 0, reason: null });
	t.deepEqual(document.endpoints[1], { endpoint: '[::1]:81', status: 'down', weight: 1, detail: null, backup: true });
});

test('exit codes: an empty list 1, nonsense 2, a source that cannot be asked 4, its last good list 0', async (t) => {
	const [empty, gone] = [list(t, ''), join(scratch(t), 'gone')];
	const kept = list(t, 'a:1\n');
	for (const [args, code, text] of [
		[[`file:${empty}`], 1, /^no endpoint is listed\n$/],
		[['fil:x'], 2, /^error: source "fil:x": expected .*\nhint: did you mean file:\?\n$/],
		[[`file:${empty}`, '--as', 'http://host/'], 2, /^error: --as: expected a URL with \{\}/],
		[[`file:${empty}`, '--for', '1s'], 2, /^error: --for: expected --follow with it/],
		[[`file:${gone}`], 4, /^error: file:.*: there is no such file\nhint: .*\n$/],
		[[`file:${gone}`, '--wait', '300ms'], 4, /there is no such file/],
		[[`file:${gone}?last=${kept}`], 0, /^STATUS +ENDPOINT.*\nunknown {2}a:1 .*\nstale: .*there is no such file; this is the last good list, \S+ old\n$/s],
		[[`file:${gone}`, '--follow', '--for', '500ms'], 4, /there is no such file; there is no list/],
	] as const) {
		const ran = await daruma(['discover', ...args]);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
		t.regex(`${ran.stdout}${ran.stderr}`, text);
	}
});

test('--follow: NDJSON of what changes, by its schema; an outage keeps the list; SIGTERM ends it with 143', async (t) => {
	const file = list(t, 'a:1\n');
	const { running, events, until } = ndjson(t, ['discover', `file:${file}`, '--follow', '--json']);
	await until(({ kind }) => kind === 'fresh');
	t.deepEqual(
		events.map(({ kind, change, endpoint }) => [kind, change, endpoint]),
		[
			['start', undefined, undefined],
			['endpoint', 'added', 'a:1'],
			['fresh', undefined, undefined],
		],
	);
	writeFileSync(file, 'a:1 weight=2\nb:2\n');
	t.is((await until(({ kind }) => kind === 'fresh')).endpoints, 2);
	t.deepEqual(
		events.slice(3, -1).map(({ change, endpoint, weight }) => [change, endpoint, weight]),
		[
			['changed', 'a:1', 2],
			['added', 'b:2', 1],
		],
	);
	rmSync(file);
	const stale = await until(({ kind }) => kind === 'stale');
	t.is(stale.endpoints, 2);
	running.child.kill('SIGTERM');
	const end = await until(({ kind }) => kind === 'end');
	t.like(end, { why: 'SIGTERM', result: { state: 'stale' } });
	t.is(end.result.endpoints.length, 2);
	const { code, stderr } = await running.ended;
	t.deepEqual([code, stderr], [143, '']);
	for (const event of events) t.true(fits.event(event), JSON.stringify([event, fits.event.errors]));
});

test('probe and rank take the list once, as --as says; an empty one, or none, is exit 4', async (t) => {
	const port = await listen(
		t,
		createServer((request, response) => response.writeHead(request.url === '/healthz' ? 200 : 404).end()),
	);
	const file = list(t, `127.0.0.1:${port} weight=7\n`);
	const quick = ['--count', '2', '--interval', '20ms', '--timeout', '10s', '--json'];
	const probed = await daruma(['probe', `file:${file}`, '--as', 'http://{}/healthz', ...quick]);
	t.is(probed.code, 0, probed.stdout + probed.stderr);
	t.is(JSON.parse(probed.stdout).endpoints[0].endpoint, `http://127.0.0.1:${port}/healthz`);
	const plain = await daruma(['probe', `file:${file}`, ...quick]);
	t.like(JSON.parse(plain.stdout).endpoints[0], { endpoint: `127.0.0.1:${port}`, protocol: 'tcp' });
	const emitted = await daruma(['rank', `file:${file}`, '--policy', 'weighted', '--count', '2', '--interval', '20ms', '--timeout', '10s', '--emit', 'nginx']);
	t.is(emitted.code, 0, emitted.stderr);
	t.regex(emitted.stdout, new RegExp(`server 127.0.0.1:${port} `));
	for (const [source, error] of [
		[list(t, ''), 'E_SOURCE_EMPTY'],
		[join(scratch(t), 'gone'), 'E_SOURCE'],
	] as const) {
		const ran = await daruma(['probe', `file:${source}`, '--json']);
		t.deepEqual([ran.code, JSON.parse(ran.stdout).error.code], [4, error]);
	}
});

test('watch follows: endpoints come and go, an outage removes none, what is gone is asked no more', async (t) => {
	const asked = { a: 0, b: 0 };
	const serve = (name: 'a' | 'b') =>
		listen(
			t,
			createServer((_, response) => {
				asked[name]++;
				response.end();
			}),
		);
	const [a, b] = [await serve('a'), await serve('b')];
	const file = list(t, `127.0.0.1:${a}\n`);
	const { running, events, until } = ndjson(t, ['watch', `file:${file}`, '--as', 'http', '--json', '--interval', '50ms', '--timeout', '10s']);
	const [urlA, urlB] = [`http://127.0.0.1:${a}`, `http://127.0.0.1:${b}`];
	await until(({ kind, endpoint, to }) => kind === 'state' && endpoint === urlA && to === 'up');
	t.is(events[0].endpoints, 1);
	writeFileSync(file, `127.0.0.1:${a} weight=2\n127.0.0.1:${b}\n`);
	await until(({ kind, change, endpoint }) => kind === 'endpoint' && change === 'added' && endpoint === urlB);
	await until(({ kind, endpoint, to }) => kind === 'state' && endpoint === urlB && to === 'up');
	rmSync(file);
	t.regex((await until(({ kind }) => kind === 'notice')).text, /there is no such file; the last good list stays \(2 endpoints\)$/);
	writeFileSync(file, `127.0.0.1:${b}\n`);
	const removed = await until(({ kind }) => kind === 'endpoint' && events.at(-1).change === 'removed');
	t.like(removed, { endpoint: urlA, source: 'discovery' });
	const [seen, after] = [asked.a, asked.b];
	// As long as the other one is asked again and again.
	while (asked.b < after + 10) await new Promise((resolve) => setTimeout(resolve, 20));
	t.true(asked.a <= seen + 1);
	running.child.kill('SIGINT');
	const end = await until(({ kind }) => kind === 'end');
	t.deepEqual(
		end.result.endpoints.map(({ endpoint }: Told) => endpoint),
		[urlB],
	);
	t.is((await running.ended).code, 130);
	for (const event of events) t.true(fits.watch(event), JSON.stringify([event, fits.watch.errors]));
});

test('a watch begins also while its source is gone, and finds it later', async (t) => {
	const port = await freePort();
	const file = join(scratch(t), 'list');
	const { running, events, until } = ndjson(t, ['watch', `file:${file}`, '--json', '--interval', '50ms', '--timeout', '10s']);
	await until(({ kind }) => kind === 'notice');
	t.regex(events.at(-1).text, /there is no such file; there is no list yet$/);
	writeFileSync(file, `127.0.0.1:${port}\n`);
	await until(({ kind, to }) => kind === 'state' && to === 'down');
	running.child.kill('SIGINT');
	await once(running.child, 'exit');
	t.pass();
});
