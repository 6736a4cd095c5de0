import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { describePlan } from '../../src/config/describe/index.js';
import { loadPlan, readPlan } from '../../src/config/load.js';
import { DarumaError } from '../../src/model/errors.js';
import type { ClientSpec, Plan } from '../../src/model/plan.js';

const GOOD = new URL('../../../fixtures/configs/good/', import.meta.url);
const good = async (name: string): Promise<Plan> => (await readPlan(await readFile(new URL(name, GOOD), 'utf8'), `/somewhere/${name}`)).plan;
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'daruma-config-'));

test('the file of the design resolves', async (t) => {
	const plan = await good('design.yaml');
	t.deepEqual(plan.cluster, { replicas: 3, replica: { kind: 'http', serviceMs: 50 }, tap: true });
	t.like(plan.subject, { kind: 'client', policy: 'p2c', timeoutMs: 1000, deadlineMs: null });
	t.deepEqual((plan.subject as ClientSpec).retry?.methods, ['GET']);
	t.deepEqual((plan.subject as ClientSpec).retry?.statuses, [502, 503, 504]);
	t.like(plan.traffic, { rate: 200, timeoutMs: 5000, pacing: 'constant', connections: 'pooled' });
	t.deepEqual(
		plan.traffic.mix.map(({ method, idempotent, ok, body }) => ({ method, idempotent, ok, body })),
		[
			{ method: 'GET', idempotent: true, ok: { op: '<', status: 400 }, body: null },
			{ method: 'POST', idempotent: false, ok: { op: '<', status: 400 }, body: '{"n":1}' },
		],
	);
	const [experiment] = plan.experiments;
	t.like(experiment, { name: 'a replica is killed', baselineMs: 4000, afterMs: 12_000, repeat: 1, line: 9, allow: [] });
	t.deepEqual(experiment?.faults, [{ kind: 'kill', target: 'one', atMs: 0, forMs: 10_000 }]);
	t.deepEqual(experiment?.expect[1], { name: 'timeToFailover', metric: 'timeToFailoverMs', bound: { op: '<=', value: 1000, text: '<= 1s' } });
	t.is(experiment?.expect.length, 5);
});

test('every setting arrives', async (t) => {
	const plan = await good('everything.yaml');
	t.is(plan.seed, 42);
	t.deepEqual(plan.cluster.replica, {
		kind: 'command',
		argv: ['node', 'server.js', '--port', '{port}', '8'],
		env: { MODE: 'on', WORKERS: '4' },
		cwd: '/somewhere/app',
		ready: { check: { kind: 'http', path: '/healthz' }, withinMs: 30_000 },
	});
	const client = plan.subject as ClientSpec;
	t.deepEqual([client.weights, client.timeoutMs, client.deadlineMs, client.ejection], [{ n1: 3, n2: 0.5 }, null, 4500, null]);
	t.like(client.retry, { attempts: 0, budget: null, statuses: [], methods: ['GET', 'POST'], jitter: 'none', unsent: false, elsewhere: false, baseMs: 50 });
	t.like(plan.traffic, { rate: 100, pacing: 'poisson', timeoutMs: 2500, connections: 'fresh' });
	t.deepEqual(plan.traffic.mix[0], {
		method: 'PUT',
		path: '/things/7?x=y',
		share: 2,
		headers: { 'x-tenant': 'a' },
		body: '',
		idempotent: false,
		ok: { op: '<', status: 500 },
	});
	t.like(plan.traffic.mix[1], { method: 'GET', path: '/', share: 1, idempotent: true });
	t.deepEqual(plan.experiments[0]?.faults, [
		{ kind: 'delay', target: 'n1', atMs: 0, forMs: 3000, latencyMs: 300, jitterMs: 50, share: 0.5 },
		{ kind: 'error', target: 'n2', atMs: 1000, forMs: 3000, share: 0.5, status: 500 },
	]);
	t.deepEqual(plan.experiments[0]?.allow, ['nonIdempotentDoubleExecuted']);
	t.deepEqual(
		plan.experiments.slice(1).map((e) => e.name),
		['crash n5', 'drop one', 'blackhole minority', 'reset half', 'term all'],
	);
	t.deepEqual(plan.experiments[1]?.faults[0]?.methods, ['POST']);
	t.like(plan.experiments[2]?.faults[0], { share: 0.1, unit: 'bytes' });
});

test('error: a gRPC code stands for itself, and for its status in HTTP; it is shown by its name', async (t) => {
	const { plan } = await readPlan('{ version: 1, experiments: [{ fault: { kind: error, status: RESOURCE_EXHAUSTED } }] }', 'x.yaml');
	t.like(plan.experiments[0]?.faults[0], { status: 429, grpcStatus: 8 });
	t.regex(describePlan(plan), /status: RESOURCE_EXHAUSTED/);
	t.deepEqual((await readPlan(describePlan(plan), 'x.yaml')).plan.experiments[0]?.faults, plan.experiments[0]?.faults);
});

test('what is left out has a sane default', async (t) => {
	const plan = await good('minimal.yaml');
	t.like(plan.traffic, { rate: 200, timeoutMs: 5000 });
	t.deepEqual(
		plan.traffic.mix.map((entry) => [entry.method, entry.idempotent]),
		[
			['GET', true],
			['POST', false],
		],
	);
	t.like(plan.experiments[0], { name: 'freeze one', baselineMs: 4000, afterMs: 12_000 });
	t.deepEqual(
		plan.experiments[0]?.expect.map(({ name, bound }) => `${name} ${bound.text}`),
		['availability >= 99%', 'nonIdempotentReplayed == 0'],
	);
	t.true(Number.isInteger(plan.seed));
});

test('paths count from the folder of the file', async (t) => {
	t.deepEqual((await good('nginx.yaml')).subject, { kind: 'nginx', config: '/somewhere/nginx.conf' });
	t.deepEqual((await good('haproxy.yaml')).subject, { kind: 'haproxy', config: 'default' });
	const command = (await good('command.yaml')).subject;
	t.like(command, { kind: 'command', cwd: '/somewhere', ready: { check: { kind: 'log', pattern: 'listening on \\d+' }, withinMs: 10_000 } });
});

test('a time to be ready needs no check of its own: TCP then', async (t) => {
	const text = 'version: 1\ncluster: { command: [x], ready: { within: 1s } }\nexperiments: [{ fault: { kind: kill } }]\n';
	const { plan } = await readPlan(text, '/somewhere/daruma.yaml');
	t.like(plan.cluster.replica, { ready: { check: { kind: 'tcp' }, withinMs: 1000 } });
});

test('gRPC in a file: calls are POSTs to their path, a library keeps its own defaults', async (t) => {
	const { cluster, subject, traffic } = await good('grpc.yaml');
	t.deepEqual(cluster.replica, { kind: 'grpc', serviceMs: 20 });
	t.deepEqual(subject, {
		kind: 'grpcJs',
		policy: 'pick_first',
		retry: { attempts: 3, baseMs: 50, maxMs: 400, multiplier: 1.5, statuses: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED'] },
		keepalive: { timeMs: 500, timeoutMs: 1000 },
		config: null,
		from: '/somewhere/packages/api',
	});
	t.deepEqual(
		traffic.mix.map(({ method, path, idempotent, body, grpc, share }) => [method, path, idempotent, body, grpc?.ok, grpc?.encoding, share]),
		[
			['POST', '/shop.v1.Cart/Get', true, null, [0, 5], 'text', 1],
			['POST', '/shop.v1.Cart/Add', false, 'CgVoZWxsbw==', [0], 'base64', 2],
			['POST', '/Cart/Say', false, 'text, as it is', [0], 'text', 1],
		],
	);
	const own = await good('grpc-config.yaml');
	t.like(own.subject, { kind: 'grpcJs', retry: null, config: { loadBalancingConfig: [{ round_robin: {} }] } });
	t.like(own.cluster.replica, { kind: 'command', ready: { check: { kind: 'grpc', service: 'shop.v1.Cart' } } });
	t.like((await good('undici.yaml')).subject, {
		kind: 'undici',
		pool: 'round-robin',
		retry: { attempts: 3, baseMs: 500, methods: ['GET', 'POST'], statuses: [503] },
	});
});

test('replicas that the file does not name speak what all else in it speaks', async (t) => {
	const kinds = async (rest: string) => {
		const { plan } = await readPlan(`version: 1\n${rest}\nexperiments: [{ fault: { kind: kill } }]\n`, '/somewhere/daruma.yaml');
		return [plan.cluster.replica.kind, plan.traffic.mix.every((entry) => entry.grpc)];
	};
	t.deepEqual(await kinds('subject: { grpcJs: {} }'), ['grpc', true]);
	t.deepEqual(await kinds('subject: { undici: {} }'), ['http', false]);
	t.deepEqual(await kinds('cluster: { builtin: { grpc: {} } }'), ['grpc', true]);
	t.deepEqual(await kinds('traffic: { mix: [{ grpc: a.B/C }] }'), ['grpc', true]);
	t.deepEqual(await kinds('seed: 1'), ['http', false]);
});

test('the printed plan is a file that gives the same plan', async (t) => {
	const names = await readdir(GOOD);
	t.true(names.length >= 9);
	for (const name of names) {
		const plan = await good(name);
		const text = describePlan(plan);
		const again = (await readPlan(text, `/somewhere/${name}`)).plan;
		const lineless = (p: Plan): Plan => ({ ...p, experiments: p.experiments.map((e) => ({ ...e, line: null })) });
		t.deepEqual(lineless(again), lineless(plan), text);
	}
});

test('a file is found upward, or named; a folder of that name is none', async (t) => {
	const top = await folder();
	const deep = join(top, 'a', 'b');
	await mkdir(deep, { recursive: true });
	await mkdir(join(top, 'a', 'daruma.yaml'));
	await writeFile(join(top, 'daruma.yaml'), await readFile(new URL('minimal.yaml', GOOD)));
	await writeFile(join(deep, 'other.yaml'), 'version: 1\nexperiments: [{ fault: { kind: term } }]\n');
	const found = await loadPlan({ cwd: deep });
	t.is(found.plan.file, join(top, 'daruma.yaml'));
	t.is(found.plan.experiments[0]?.name, 'freeze one');
	t.is((await loadPlan({ cwd: deep, file: 'other.yaml' })).plan.experiments[0]?.name, 'term one');
});

test('no file: exit 2 and a hint', async (t) => {
	const cwd = await folder();
	const error = await t.throwsAsync(loadPlan({ cwd }), { instanceOf: DarumaError, code: 'E_NO_CONFIG' });
	t.is(error.exit, 2);
	t.regex(error.hint ?? '', /daruma demo.*--subject nginx/);
	const named = await t.throwsAsync(loadPlan({ cwd, file: 'nowhere.yaml' }), { instanceOf: DarumaError, code: 'E_NO_CONFIG' });
	t.regex(named.message, /nowhere\.yaml: there is no such file/);
});

test('no file, but a subject: a plan from defaults', async (t) => {
	const { plan } = await loadPlan({ cwd: await folder(), overrides: { subject: 'nginx', seed: 3 } });
	t.like(plan, { file: null, seed: 3, subject: { kind: 'nginx', config: 'default' } });
	t.is(plan.experiments[0]?.faults[0]?.kind, 'kill');
});

test('settings without effect are told', async (t) => {
	const text = 'version: 1\nsubject: { client: { policy: random, weights: { n1: 2 }, timeoutMs: 9000 } }\nexperiments: [{ fault: { kind: kill } }]\n';
	const { warnings } = await readPlan(text, '/x/daruma.yaml');
	t.is(warnings.length, 2);
	t.regex(warnings[0]?.message ?? '', /weights have no effect/);
});
