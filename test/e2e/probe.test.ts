import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { readProbe } from '../../src/quick-start.js';
import { listen } from '../probes/ask.js';
import { daruma, scratch, start } from './daruma.js';

const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(
	JSON.parse(await readFile(new URL('../../../schemas/probe.schema.json', import.meta.url), 'utf8')),
);

const server = (t: Parameters<typeof listen>[0]): Promise<number> =>
	listen(
		t,
		createServer((q, a) => {
			a.statusCode = q.url === '/503' ? 503 : 200;
			a.setHeader('server', 'nginx/9');
			a.end('{"status":"UP"}');
		}),
	);

test('exit codes', async (t) => {
	const up = `http://127.0.0.1:${await server(t)}`;
	const down = `tcp://127.0.0.1:${await freePort()}`;
	const quick = ['--count', '2', '--interval', '20ms', '--timeout', '10s'];
	for (const [args, code] of [
		[[`${up}/`], 0],
		[[`${up}/503`], 1],
		[[`${up}/`, down], 1],
		[[`${up}/503`, '--expect', 'status == 503'], 0],
		[[`${up}/`, '--expect', 'json $.status == "UP"', '-e', 'header server matches /nginx/', '-e', 'max < 10s'], 0],
		[[`${up}/`, '--expect', 'body contains DOWN'], 1],
		[[`${up}/`, '--expect', 'p99 < 10s'], 3],
		[[`${up}/`, '--expect', 'p99 < 10'], 2],
		[[`${up}/`, '--format', 'tabel'], 2],
		[[`${up}/`, '--count', '0'], 2],
		[[`${up}/`, '--count', 'x'], 2],
		[[`${up}/`, '--cuont', '1'], 2],
		[['127.0.0.1:80'], 2],
		[[], 2],
	] as const) {
		const ran = await daruma(['probe', ...quick, ...args]);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
		t.notRegex(ran.stderr, /at file:|bug/);
		if (code === 2) t.true(ran.stdout === '' && /error: .*\n/.test(ran.stderr), ran.stderr);
	}
});

test('--json is one document by the schema, also for errors, with and without oclif', async (t) => {
	const port = await server(t);
	const args = ['probe', `http://127.0.0.1:${port}/`, '--count', '3', '--interval', '20ms', '--timeout', '10s', '--json'];
	for (const env of [{}, { DARUMA_QUICK: '0' }]) {
		const ran = await daruma(args, { cwd: '.', env });
		const document = JSON.parse(ran.stdout);
		t.true(fits(document), JSON.stringify(fits.errors));
		t.deepEqual([ran.code, ran.stderr, document.verdict, document.endpoints[0].sent, document.endpoints[0].ok], [0, '', 'pass', 3, 3]);
		const wrong = await daruma(['probe', 'htp://h', '--json'], { cwd: '.', env });
		t.deepEqual([wrong.code, JSON.parse(wrong.stdout).error.code], [2, 'E_TARGET']);
	}
});

test('NDJSON comes as it happens, and an interrupted probe tells what it has', async (t) => {
	const port = await server(t);
	const running = start(['probe', `http://127.0.0.1:${port}/`, '--count', '100000', '--interval', '20ms', '--timeout', '10s', '--format', 'ndjson']);
	await new Promise<void>((resolve) => running.child.stdout?.once('data', () => resolve()));
	running.child.kill('SIGINT');
	const ran = await running.ended;
	const kinds = ran.stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line).kind);
	t.is(ran.code, 130, ran.stderr);
	t.is(kinds[0], 'sample');
	t.deepEqual(kinds.slice(-2), ['endpoint', 'result']);
});

test('the quick start reads what oclif would, and leaves it the rest', (t) => {
	const root = new URL('../../../', import.meta.url);
	t.deepEqual(readProbe(root, ['http://h', '-c', '3', '-e', 'status == 200', '-e', 'p99 < 1s', '--fresh', '--interval=5s', '--json', 'tcp://h:1']), {
		targets: ['http://h', 'tcp://h:1'],
		flags: { count: 3, expect: ['status == 200', 'p99 < 1s'], fresh: true, interval: '5s', json: true },
	});
	for (const typed of [
		['--help'],
		['http://h', '-h'],
		[],
		['http://h', '--nope'],
		['http://h', '--count'],
		['http://h', '--count', 'x'],
		['http://h', '--http', '3'],
	])
		t.is(readProbe(root, typed), null, typed.join(' '));
});

test('--format nagios has exit codes of its own, also for what is wrong', async (t) => {
	const up = `http://127.0.0.1:${await server(t)}/`;
	const quick = ['probe', '--count', '2', '--interval', '20ms', '--timeout', '10s', '--format', 'nagios'];
	for (const [args, code, line] of [
		[[up], 0, /^PROBE OK - 1 of 1 up \| 'min'=/],
		[[`${up}503`], 2, /^PROBE CRITICAL - 0 of 1 up; /],
		[[up, '-e', 'p99 < 10s'], 3, /^PROBE UNKNOWN - 1 of 1 up; .*inconclusive/],
		[[up, '--interval', 'x'], 3, /^PROBE UNKNOWN - --interval: expected a time/],
		[[up, '--nope'], 3, /^PROBE UNKNOWN - Nonexistent flag: --nope/],
		[[], 3, /^PROBE UNKNOWN - /],
	] as const) {
		const ran = await daruma([...quick, ...args]);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
		t.regex(ran.stdout, line);
		t.is(ran.stdout.indexOf('\n'), ran.stdout.length - 1);
	}
});

test('--output is a whole file and a silent stdout, with and without oclif; all formats come out', async (t) => {
	const port = await server(t);
	const dir = scratch(t);
	const args = ['probe', `http://127.0.0.1:${port}/`, '--count', '2', '--interval', '20ms', '--timeout', '10s'];
	for (const [env, format, first] of [
		[{}, ['--json'], '{'],
		[{ DARUMA_QUICK: '0' }, ['--json'], '{'],
		[{}, ['--format', 'prometheus'], '# HELP daruma_probe_success '],
		[{}, ['--format', 'ndjson'], '{"kind":"sample"'],
		[{}, ['--format', 'junit'], '<?xml '],
		[{}, ['--format', 'tap'], 'TAP version 13\n'],
		[{}, ['--format', 'hdr'], '#['],
		[{ FORCE_COLOR: '1' }, [], 'STATE '],
	] as const) {
		const file = join(dir, 'out');
		writeFileSync(file, 'old');
		const ran = await daruma([...args, ...format, '--output', file], { cwd: '.', env });
		t.deepEqual([ran.code, ran.stdout, ran.stderr], [0, '', ''], format.join(' '));
		t.true(readFileSync(file, 'utf8').startsWith(first), readFileSync(file, 'utf8'));
		t.deepEqual(readdirSync(dir), ['out']);
	}
});
