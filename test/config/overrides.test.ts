import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadPlan } from '../../src/config/load.js';
import { type Overrides, recognise } from '../../src/config/overrides.js';
import { DarumaError } from '../../src/model/errors.js';

const FILE = `version: 1
seed: 1
subject: { client: { policy: random } }
experiments:
  - { name: first, fault: { kind: kill, target: n2, for: 3s }, expect: { p99: "<= 1s", lost: 0 } }
  - { name: slow, fault: { kind: delay, latency: 700ms } }
`;
const cwd = await mkdtemp(join(tmpdir(), 'daruma-flags-'));
await writeFile(join(cwd, 'daruma.yaml'), FILE);
await writeFile(join(cwd, 'my.conf'), 'events {}\nhttp { upstream be { server {n1}; }\n server { listen {listen}; location / { proxy_pass http://be; } } }\n');
await writeFile(join(cwd, 'my.cfg'), '# server {\ndefaults\n  mode http\nfrontend web\n  bind {listen}\n');
await writeFile(join(cwd, 'my.txt'), 'hello\n');
const load = async (overrides: Overrides) => (await loadPlan({ cwd, overrides })).plan;

test('--only picks by name', async (t) => {
	const plan = await load({ only: ['slow'] });
	t.deepEqual(
		plan.experiments.map((e) => e.name),
		['slow'],
	);
});

test('--faults makes an experiment of each, from the first one', async (t) => {
	const { experiments } = await load({ faults: ['freeze,delay', 'crash', 'delay'] });
	t.deepEqual(
		experiments.map((e) => [e.name, e.faults[0]?.kind, e.faults[0]?.target, e.faults[0]?.forMs, e.faults[0]?.latencyMs]),
		[
			['freeze n2', 'freeze', 'n2', 3000, undefined],
			['delay n2', 'delay', 'n2', 3000, 700],
			['crash n2', 'crash', 'n2', 3000, undefined],
		],
	);
	t.deepEqual(experiments[2]?.faults[0]?.methods, ['POST'], 'tripped by what must not be doubled');
	t.true(experiments.every((e) => e.expect.length === 2 && e.faults.length === 1));
});

test('--subject by word, or by what a file looks like', async (t) => {
	t.deepEqual((await load({ subject: 'nginx' })).subject, { kind: 'nginx', config: 'default' });
	t.deepEqual((await load({ subject: 'my.conf' })).subject, { kind: 'nginx', config: join(cwd, 'my.conf') });
	t.deepEqual((await load({ subject: './my.cfg' })).subject, { kind: 'haproxy', config: join(cwd, 'my.cfg') });
	t.like((await load({ subject: 'client' })).subject, { kind: 'client', policy: 'p2c' });
	t.like((await load({})).subject, { kind: 'client', policy: 'random' });
});

test('--rate, --seed and --expect win over the file', async (t) => {
	const plan = await load({ rate: '50/s', seed: '9', expect: ['p99 <= 2s', 'availability >= 99%'] });
	t.is(plan.traffic.rate, 50);
	t.is(plan.seed, 9);
	t.deepEqual(
		plan.experiments[0]?.expect.map(({ name, bound }) => `${name} ${bound.text}`),
		['lost == 0', 'p99 <= 2s', 'availability >= 99%'],
	);
});

const wrong: [Overrides, RegExp, RegExp?][] = [
	[{ only: ['frist'] }, /--only: expected one of the experiments "first", "slow", found "frist"/, /did you mean "first"/],
	[{ faults: ['kill,frieze'] }, /--faults: expected faults among kill, .*found "frieze"/, /freeze/],
	[{ faults: [''] }, /--faults: /],
	[{ rate: 'fast' }, /--rate: expected a rate such as 200\/s.*found "fast"/],
	[{ seed: '-1' }, /--seed: expected a whole number/],
	[{ seed: '' }, /--seed: /],
	[{ expect: ['p99'] }, /--expect: expected a metric, an operator and a value/],
	[{ expect: ['p99 <= 250'] }, /--expect: expected a time such as/],
	[{ subject: 'ngnix' }, /--subject: expected nginx, haproxy, client, or a config file/],
	[{ subject: 'my.txt' }, /--subject: expected an nginx or HAProxy config/],
];
for (const [flags, says, hint] of wrong) {
	test(`${JSON.stringify(flags)} is one clear message`, async (t) => {
		const error = await t.throwsAsync(load(flags), { instanceOf: DarumaError, code: 'E_FLAG' });
		t.is(error.exit, 2);
		t.regex(error.message, says);
		if (hint) t.regex(error.hint ?? '', hint);
	});
}

test('nginx and HAProxy configs are told apart', (t) => {
	t.is(recognise('worker_processes 1;\nevents { }\nhttp {\n listen 80;\n}\n'), 'nginx');
	t.is(recognise('upstream be { server 127.0.0.1:1; }'), 'nginx');
	t.is(recognise('global\n  maxconn 10\nlisten web\n  server {n1}\n'), 'haproxy');
	t.is(recognise('listen web *:80\n'), 'haproxy');
	t.is(recognise('{"a": {"server": 1}}'), undefined);
	t.is(recognise('# http {\n'), undefined);
});

test('a command behind -- replaces the traffic; bounds that only our own client sees are left to its exit code', async (t) => {
	const { plan, warnings } = await loadPlan({
		cwd,
		overrides: { command: ['npm', 'test'], correlate: 'Header X-Request-Id'.toLowerCase(), expect: ['ghost == 0'] },
	});
	t.like(plan.traffic, { command: { argv: ['npm', 'test'], cwd, finishMs: 30_000 }, correlate: { kind: 'header', name: 'x-request-id' } });
	t.deepEqual(plan.subject, { kind: 'none' });
	t.deepEqual(
		plan.experiments[0]?.expect.map(({ name }) => name),
		['ghost'],
	);
	t.regex(warnings.at(-1)?.message ?? '', /not judged with your own traffic.*: p99, lost/);
	t.is((await load({ command: ['npm', 'test'], subject: 'nginx' })).subject.kind, 'nginx');
});

test('by default double sends are asked for where ids are promised, and only there', async (t) => {
	const nowhere = await mkdtemp(join(tmpdir(), 'daruma-flags-'));
	const of = async (overrides: Overrides) => (await loadPlan({ cwd: nowhere, overrides })).plan.experiments[0]?.expect.map(({ name }) => name);
	t.deepEqual(await of({ command: ['npm', 'test'] }), []);
	t.deepEqual(await of({ command: ['npm', 'test'], correlate: 'trace' }), ['nonIdempotentReplayed']);
});

test('a rate beside a command, and a place that is none: exit 2', async (t) => {
	await t.throwsAsync(load({ command: ['k6'], rate: 5 }), { code: 'E_FLAG', message: /no rate beside a command/ });
	await t.throwsAsync(load({ correlate: 'cookie' }), { code: 'E_FLAG', message: /trace, header NAME/ });
});

test('--rate replaces stages; --allow goes to a url', async (t) => {
	const staged = join(cwd, 'staged.yaml');
	await writeFile(
		staged,
		'version: 1\ncluster: { ports: [9001] }\nsubject: { url: "http://192.0.2.1" }\ntraffic: { rate: [{ for: 1s, rate: 5/s..10/s }] }\nexperiments: [{ fault: { kind: kill } }]\n',
	);
	const of = async (overrides: Overrides) => (await loadPlan({ cwd, file: staged, overrides })).plan;
	t.like(await of({}), { traffic: { rate: 10, stages: [{ forMs: 1000, from: 5, to: 10 }] } });
	const steady = await of({ rate: '7/s', allow: ['192.0.2.1'] });
	t.is(steady.traffic.stages, undefined);
	t.is(steady.traffic.rate, 7);
	t.deepEqual(steady.subject, { kind: 'url', url: 'http://192.0.2.1', allow: ['192.0.2.1'] });
});
