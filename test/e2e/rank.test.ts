import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test, { type ExecutionContext } from 'ava';
import type { RankResult } from '../../src/checks/probe/ranked.js';
import { CHOOSER_NAMES } from '../../src/model/plan.js';
import { freePort } from '../../src/platform/ports.js';
import { readProbe } from '../../src/quick-start.js';
import { findHaproxy } from '../../src/systems/haproxy.js';
import { findNginx, nginxArgv } from '../../src/systems/nginx.js';
import { listen } from '../probes/ask.js';
import { exposed } from '../report/exposed.js';
import { have } from '../subjects/stage.js';
import { daruma, scratch, start } from './daruma.js';

const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(
	JSON.parse(await readFile(new URL('../../../schemas/rank.schema.json', import.meta.url), 'utf8')),
);

/** Answers after so many ms; what it says is its port. */
const server = async (t: ExecutionContext, afterMs: number): Promise<string> => {
	const port = await listen(
		t,
		createServer((q, a) => setTimeout(() => a.writeHead(q.url === '/503' ? 503 : 200).end('ok'), afterMs)),
	);
	return `http://127.0.0.1:${port}/`;
};

/** Far apart, so that the speed of the day decides nothing. */
const stage = async (t: ExecutionContext) => ({
	slow: await server(t, 300),
	dead: `http://127.0.0.1:${await freePort()}/`,
	fast: await server(t, 0),
});
const QUICK = ['--count', '4', '--interval', '20ms', '--timeout', '10s'];
const rank = (...args: string[]) => daruma(['rank', ...QUICK, ...args]);

test('the fast one first, the slow one next, the dead one last: each with its reason', async (t) => {
	const { slow, dead, fast } = await stage(t);
	for (const env of [{}, { DARUMA_QUICK: '0' }]) {
		const ran = await daruma(['rank', ...QUICK, slow, dead, fast, '--json'], { cwd: '.', env });
		t.is(ran.code, 1, 'one is down');
		t.is(ran.stderr, '');
		const found = JSON.parse(ran.stdout) as RankResult;
		t.true(fits(found), JSON.stringify(fits.errors));
		t.deepEqual([found.policy, found.verdict], ['least-response-time', 'fail']);
		t.deepEqual(
			found.ranking.map(({ rank: place, endpoint }) => [place, endpoint]),
			[
				[1, fast],
				[2, slow],
				[3, dead],
			],
		);
		const [first, second, third] = found.ranking;
		t.true(first!.weight > second!.weight && second!.weight > 0 && third!.weight === 0);
		t.is(first!.weight + second!.weight, 100);
		t.regex(first!.why, /^mean /);
		t.regex(third!.why, /4 of 4 failed in a row: refused/);
		t.deepEqual(
			found.endpoints.map(({ sent }) => sent),
			[4, 4, 4],
		);
	}
	const told = await rank(slow, fast);
	t.is(told.code, 0, told.stderr);
	t.regex(told.stdout, /^by least-response-time, 4 questions each\n +endpoint +state +share +weight +why\n1 /);
});

test('a key has one endpoint, also tomorrow', async (t) => {
	const { slow, fast } = await stage(t);
	const first = async (...more: string[]): Promise<string> => {
		const ran = await rank(slow, fast, '-p', 'rendezvous', ...more, '--json');
		const { key, ranking } = JSON.parse(ran.stdout) as RankResult;
		t.is(key, 'user-17');
		t.regex(ranking[0]!.why, /has the key "user-17"/);
		return ranking[0]!.endpoint;
	};
	t.is(await first('--key', 'user-17'), await first('--key', 'user-17', '--seed', '9'));
});

test('--emit: the lines are alone on stdout, and nginx takes them', async (t) => {
	const { slow, dead, fast } = await stage(t);
	const ran = await rank(slow, dead, fast, '--emit', 'nginx', '--pool', 'app');
	t.deepEqual([ran.code, ran.stderr], [1, '']);
	t.regex(ran.stdout, /^upstream app \{\n\tserver [\d.:]+ weight=\d+; .*\n\tserver [\d.:]+ weight=\d+; .*\n\tserver [\d.:]+ down; .*\n\}\n$/);
	if (!have(t, 'nginx')) return;
	const dir = scratch(t);
	const file = join(dir, 'nginx.conf');
	writeFileSync(
		file,
		`pid ${dir}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${ran.stdout}server { listen 127.0.0.1:9; location / { proxy_pass http://app; } }\n}\n`,
	);
	const [program, ...args] = nginxArgv(await findNginx(), file, dir) as [string, ...string[]];
	const tested = spawnSync(program, [...args, '-t'], { encoding: 'utf8', timeout: 20_000 });
	t.is(tested.status, 0, tested.stderr);
});

test('--emit haproxy --output: a file that haproxy -c takes, and nothing on stdout', async (t) => {
	const { slow, dead, fast } = await stage(t);
	const dir = scratch(t);
	const file = join(dir, 'backend.cfg');
	const ran = await rank(slow, dead, fast, '--emit', 'haproxy', '--output', file);
	t.deepEqual([ran.code, ran.stdout, ran.stderr], [1, '', '']);
	t.deepEqual(readdirSync(dir), ['backend.cfg']);
	const lines = readFileSync(file, 'utf8');
	t.regex(lines, /^backend daruma\n/);
	if (!have(t, 'haproxy')) return;
	const whole = join(dir, 'haproxy.cfg');
	writeFileSync(
		whole,
		`defaults\n\tmode http\n\ttimeout connect 1s\n\ttimeout client 1s\n\ttimeout server 1s\n${lines}frontend f\n\tbind 127.0.0.1:9\n\tdefault_backend daruma\n`,
	);
	const tested = spawnSync((await findHaproxy()).path, ['-c', '-f', whole], { encoding: 'utf8', timeout: 20_000 });
	t.is(tested.status, 0, tested.stdout + tested.stderr);
});

test('weights of a pool in which nobody is alive, or half a measurement, are not written', async (t) => {
	const dead = `http://127.0.0.1:${await freePort()}/`;
	const dir = scratch(t);
	const file = join(dir, 'w.conf');
	writeFileSync(file, 'the old one');
	const ran = await rank(dead, '--emit', 'nginx', '--output', file);
	t.deepEqual([ran.code, ran.stdout], [1, '']);
	t.regex(ran.stderr, /no weights were written: no endpoint has answered/);
	t.deepEqual([readFileSync(file, 'utf8'), readdirSync(dir)], ['the old one', ['w.conf']]);

	const running = start(['rank', await server(t, 0), '--emit', 'json', '--count', '100000', '--interval', '20ms', '--timeout', '10s', '--output', file]);
	while (readdirSync(dir).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
	running.child.kill('SIGTERM');
	const ended = await running.ended;
	t.deepEqual([ended.code, ended.stdout, readFileSync(file, 'utf8'), readdirSync(dir)], [143, '', 'the old one', ['w.conf']]);
});

test('--compare recommends a policy, with the numbers behind it', async (t) => {
	const { slow, dead, fast } = await stage(t);
	const args = [slow, dead, fast, '--compare', '--rate', '50/s', '--clients', '2'];
	const ran = await rank(...args, '--json');
	const found = JSON.parse(ran.stdout) as RankResult;
	t.true(fits(found), JSON.stringify(fits.errors));
	const { compare } = found;
	t.like(compare, { scene: { rate: 50, clients: 2, durationMs: 30_000, seed: 1 } });
	t.deepEqual(
		compare!.situations.map(({ policies }) => policies.length),
		[CHOOSER_NAMES.length, CHOOSER_NAMES.length],
	);
	const measured = new Map(compare!.situations[0]!.policies.map((each) => [each.policy, each]));
	t.true(measured.get(compare!.recommended)!.meanMs < measured.get('round-robin')!.meanMs, 'half of round robin meets the slow one');
	t.regex(compare!.why, /as measured: rank \d+ of 18, /);
	t.true(compare!.notes.some((note) => note.includes(`left out: ${dead}`)));
	const told = await rank(...args);
	t.regex(told.stdout, /recommended: [a-z0-9-]+\n[\s\S]*50 requests\/s for 30s, 2 clients, seed 1[\s\S]*policy +lost +p99 × +A success/);
	t.is(told.code, 1);

	const nobody = await rank(dead, '--compare', '--json');
	t.deepEqual([nobody.code, JSON.parse(nobody.stdout).compare], [1, null]);
});

test('expectations fail it as they fail a probe; too few samples leave it open', async (t) => {
	const { fast } = await stage(t);
	for (const [args, code] of [
		[[`${fast}503`], 1],
		[[`${fast}503`, '--expect', 'status == 503'], 0],
		[[fast, '--expect', 'body contains DOWN'], 1],
		[[fast, '--expect', 'p99 < 10s'], 3],
	] as const) {
		const ran = await rank(...args);
		t.is(ran.code, code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
	}
});

test('Prometheus and NDJSON', async (t) => {
	const { slow, fast } = await stage(t);
	const read = exposed((await rank(slow, fast, '--format', 'prometheus')).stdout);
	t.deepEqual(
		read.filter(({ name }) => name === 'daruma_rank_place').map(({ labels, value }) => [labels.endpoint, labels.policy, value]),
		[
			[fast, 'least-response-time', 1],
			[slow, 'least-response-time', 2],
		],
	);
	t.true(read.some(({ name }) => name === 'daruma_probe_success'));
	const lines = (await rank(slow, fast, '--format', 'ndjson')).stdout.trimEnd().split('\n');
	const kinds = lines.map((line) => JSON.parse(line).kind);
	t.deepEqual(kinds, [...Array.from({ length: 8 }, () => 'sample'), 'place', 'place', 'result']);
});

test('a wrong flag: exit 2, and what was meant; stdout stays empty, or is one document', async (t) => {
	const ran = await daruma(['rank', 'http://127.0.0.1:1/', '--policy', 'p2c-peek-ewma']);
	t.deepEqual([ran.code, ran.stdout], [2, '']);
	t.regex(ran.stderr, /did you mean p2c-peak-ewma\?/);
	const json = await daruma(['rank', 'http://127.0.0.1:1/', '--emit', 'nginx', '--json']);
	t.deepEqual([json.code, JSON.parse(json.stdout).error.code], [2, 'E_FLAG']);
	t.is((await daruma(['rank'])).code, 2);
});

test('the quick start reads the flags of rank by its manifest', (t) => {
	const root = new URL('../../../', import.meta.url);
	t.deepEqual(readProbe(root, ['http://h', 'http://i', '-p', 'p2c', '--compare', '--clients', '3', '-w', 'http://h=2', '-w', 'http://i=3'], 'rank'), {
		targets: ['http://h', 'http://i'],
		flags: { policy: 'p2c', compare: true, clients: 3, weight: ['http://h=2', 'http://i=3'] },
	});
	for (const typed of [[], ['http://h', '--clients', 'x'], ['http://h', '--warn'], ['--help']]) t.is(readProbe(root, typed, 'rank'), null);
});
