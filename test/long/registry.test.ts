import { on } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { consul } from '../../src/discovery/consul.js';
import { etcd } from '../../src/discovery/etcd.js';
import { zookeeper } from '../../src/discovery/zookeeper.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { findConsul, startConsul } from '../../src/systems/consul.js';
import { findEtcd, startEtcd } from '../../src/systems/etcd.js';
import { askRegistry } from '../../src/systems/registry-http.js';
import { findZookeeper, startZookeeper } from '../../src/systems/zookeeper.js';
import { createParents, ZookeeperSession } from '../../src/systems/zookeeper-session.js';
import { toBase64 } from '../../src/wire/etcd.js';
import { stage } from '../cluster/stage.js';
import { followed } from '../discovery/registry-stage.js';
import { daruma, scratch, start } from '../e2e/daruma.js';
import { real, runExample, runFile } from './registry-stage.js';

const consulServer = (t: ExecutionContext) => real(t, 'consul', async () => startConsul(await findConsul()));
const zookeeperServer = (t: ExecutionContext) => real(t, 'zookeeper', async () => startZookeeper(await findZookeeper()));
const etcdServer = (t: ExecutionContext) => real(t, 'etcd', async () => startEtcd(await findEtcd()));

/** On a busy machine a heartbeat of another node may come late as well: only the victims count. */
const leftAndCameBack = (t: ExecutionContext, seen: string[][], victims: string[]): void => {
	for (const [i, victim] of victims.entries()) {
		const mine = seen[i]!.filter((word) => word.startsWith(victim));
		t.true(mine.includes(`${victim} down`), seen[i]!.join());
		t.is(mine.at(-1), `${victim} up`, seen[i]!.join());
	}
};

/** Opens a session of our own and waits for its first greeting. */
const session = async (t: ExecutionContext, port: number, timeoutMs: number): Promise<ZookeeperSession> => {
	let zk!: ZookeeperSession;
	await new Promise<void>((resolve) => {
		const listener = { connected: () => resolve(), disconnected() {}, expired() {}, changed() {} };
		zk = new ZookeeperSession({ hosts: [{ host: '127.0.0.1', port }], timeoutMs, clock: new MonotonicClock(monotonicNs()) }, listener);
	});
	t.teardown(() => zk.close());
	return zk;
};

test('the example of ZooKeeper: a killed and a frozen replica leave with their session and come back', async (t) => {
	const server = await zookeeperServer(t);
	if (!server) return;
	const { seen, experiments } = await runExample(t, 'zookeeper', server.port, 2181);
	leftAndCameBack(t, seen, ['n2', 'n3']);
	for (const { metrics } of experiments) {
		const found = metrics.timeToDeregisterMs!;
		t.not(found.value, null, found.why);
		t.true(found.lo! <= found.value! && found.value! <= found.hi!);
	}
});

test('the example of Consul: the same by TTL', async (t) => {
	const server = await consulServer(t);
	if (!server) return;
	const { seen, experiments } = await runExample(t, 'consul', server.port, 8500);
	leftAndCameBack(t, seen, ['n2', 'n3']);
	for (const { metrics } of experiments) t.not(metrics.timeToDeregisterMs!.value, null, metrics.timeToDeregisterMs!.why);
	// Nothing of the run is left in the agent.
	const { body } = await askRegistry({ method: 'GET', url: `http://127.0.0.1:${server.port}/v1/agent/services`, timeoutMs: 5000 });
	t.deepEqual(JSON.parse(body), {});
});

test('term: deregistered at once, by a replica that says goodbye; etcd forgets a killed one with its lease', async (t) => {
	const server = await etcdServer(t);
	if (!server) return;
	const dir = scratch(t);
	const experiment = { baseline: '1s', after: '4s', expect: { timeToDeregister: '<= 10s' } };
	const yaml = {
		version: 1,
		cluster: {
			replicas: 3,
			builtin: { http: { serviceMs: 20 } },
			register: { etcd: { url: `http://127.0.0.1:${server.port}`, prefix: 'svc/web', lease: '3s' } },
		},
		subject: { client: { resolve: `etcd://127.0.0.1:${server.port}/svc/web` } },
		traffic: { rate: '50/s', timeout: '2s' },
		experiments: [
			{ name: 'term', fault: { kind: 'term', target: 'n1', for: '5s' }, ...experiment },
			{ name: 'kill', fault: { kind: 'kill', target: 'n2', for: '8s' }, ...experiment },
		],
	};
	writeFileSync(join(dir, 'daruma.yaml'), JSON.stringify(yaml));
	const { seen, experiments } = await runFile(t, dir, 'etcd');
	leftAndCameBack(t, seen, ['n1', 'n2']);
	const [term, kill] = experiments.map(({ metrics }) => metrics.timeToDeregisterMs!.value ?? Number.NaN);
	t.true(term! < kill!, `${term} ${kill}`);
});

test('ZooKeeper frozen, then killed: what was listed is kept, and followed again', async (t) => {
	const server = await zookeeperServer(t);
	if (!server) return;
	const own = await session(t, server.port, 20_000);
	await createParents(own, '/svc/web');
	await own.create('/svc/web/a', '10.0.0.1:80');
	const { says, words } = followed(t, zookeeper, `zk://127.0.0.1:${server.port}/svc/web?session=2s`);
	await says(/^10\.0\.0\.1:80\+$/);
	server.signal('SIGSTOP');
	t.regex(await says(/./), /^lost: .*nothing heard/);
	server.signal('SIGCONT');
	await says(/^10\.0\.0\.1:80\+$/);
	server.signal('SIGKILL');
	await says(/^lost/);
	await server.restart();
	await says(/^10\.0\.0\.1:80\+$/);
	t.false(words.includes('none'), 'an outage is no empty list');
});

test('a frozen node of ZooKeeper expires, and registers again with a new session', async (t) => {
	const server = await zookeeperServer(t);
	if (!server) return;
	const register = { kind: 'zookeeper', hosts: `127.0.0.1:${server.port}`, path: '/svc', layout: 'serverset', sessionMs: 1000 } as const;
	const { cluster } = await stage(t, { replicas: 2, register });
	await cluster.start();
	const [first, second] = cluster.nodes as [(typeof cluster.nodes)[number], (typeof cluster.nodes)[number]];
	const { says } = followed(t, zookeeper, `zk://127.0.0.1:${server.port}/svc`);
	await says(/\+ .*\+/);
	first.ward!.signalGroup('SIGSTOP');
	t.is(await says(new RegExp(`^127.0.0.1:${second.port}\\+$`)), `127.0.0.1:${second.port}+`);
	first.ward!.signalGroup('SIGCONT');
	await says(new RegExp(`:${first.port}\\+`));
	await first.terminate();
	t.is(await says(new RegExp(`^127.0.0.1:${second.port}\\+$`)), `127.0.0.1:${second.port}+`);
});

test('Consul frozen, then killed without its memory: kept, and the nodes register again', async (t) => {
	const server = await consulServer(t);
	if (!server) return;
	const register = { kind: 'consul', url: `http://127.0.0.1:${server.port}`, service: 'web', check: 'http', ttlMs: 1000, path: '/' } as const;
	const { cluster } = await stage(t, { replicas: 1, register });
	await cluster.start();
	const up = new RegExp(`^127.0.0.1:${cluster.nodes[0]!.port}\\+$`);
	const { says } = followed(t, consul, `consul://127.0.0.1:${server.port}/web?wait=1s`);
	await says(up);
	server.signal('SIGSTOP');
	await says(/^lost: .*no answer within/);
	server.signal('SIGCONT');
	await says(up);
	server.signal('SIGKILL');
	await says(/^lost/);
	await server.restart();
	await says(up);
	await cluster.nodes[0]!.terminate();
	await says(/^none$/);
	t.pass();
});

test('etcd: a prefix is followed over a restart', async (t) => {
	const server = await etcdServer(t);
	if (!server) return;
	const put = async (key: string, value: string): Promise<void> => {
		const body = JSON.stringify({ key: toBase64(key), value: toBase64(value) });
		await askRegistry({ method: 'POST', url: `http://127.0.0.1:${server.port}/v3/kv/put`, body, timeoutMs: 5000 });
	};
	await put('svc/a', '10.0.0.1:80');
	await put('svd/b', '10.0.0.9:80');
	const { says } = followed(t, etcd, `etcd://127.0.0.1:${server.port}/svc/`);
	t.is(await says(/./), '10.0.0.1:80+');
	await put('svc/b', '10.0.0.2:80');
	t.is(await says(/10\.0\.0\.2/), '10.0.0.1:80+ 10.0.0.2:80+');
	server.signal('SIGKILL');
	await says(/^lost/);
	await server.restart();
	t.is(await says(/^10/), '10.0.0.1:80+ 10.0.0.2:80+');
});

test('a daruma.yaml in ZooKeeper is checked and described like a file', async (t) => {
	const server = await zookeeperServer(t);
	if (!server) return;
	const own = await session(t, server.port, 20_000);
	await own.create('/good', 'version: 1\nseed: 3\nexperiments: [{ fault: { kind: kill } }]\n');
	await own.create('/bad', 'version: 1\nexperiments: []\n');
	const place = `zk://127.0.0.1:${server.port}`;
	const good = await daruma(['verify', `${place}/good`, '--dry-run'], { cwd: scratch(t) });
	t.deepEqual([good.code, /seed: 3/.test(good.stdout)], [0, true], good.stderr);
	const bad = await daruma(['verify', `${place}/bad`], { cwd: scratch(t) });
	t.is(bad.code, 2);
	t.regex(bad.stderr, new RegExp(`${place}/bad:2:14: experiments: expected a list of at least 1`));
	t.is((await daruma(['verify', `${place}/none`], { cwd: scratch(t) })).code, 2);
});

test('failover through Consul: a frozen replica goes into maintenance long before its TTL is over, and comes back', async (t) => {
	const server = await consulServer(t);
	if (!server) return;
	const cwd = scratch(t);
	const place = `127.0.0.1:${server.port}`;
	writeFileSync(
		join(cwd, 'daruma.yaml'),
		JSON.stringify({
			version: 1,
			cluster: {
				replicas: 3,
				builtin: { http: { serviceMs: 10 } },
				register: { consul: { url: `http://${place}`, service: 'web', check: 'ttl', ttl: '60s' } },
			},
			subject: { client: { resolve: `consul://${place}/web`, timeoutMs: 500, ejection: 'off' } },
			traffic: { rate: '40/s', timeout: '2s' },
			experiments: [{ name: 'f', fault: { kind: 'freeze', target: 'n2', for: '8s' }, baseline: '1s', after: '8s', recovery: { do: 'failover' } }],
		}),
	);
	const { seen, experiments } = await runFile(t, cwd, 'consul');
	leftAndCameBack(t, seen, ['n2']);
	t.deepEqual(
		experiments[0]!.recoveries!.filter(({ target }) => target === 'n2').map(({ action, ok, seenBy }) => [action, ok, seenBy]),
		[
			['out', true, 'consul'],
			['in', true, 'consul'],
		],
	);
	const left = await askRegistry({ method: 'GET', url: `http://${place}/v1/health/service/web`, timeoutMs: 5000 });
	t.is(left.body.trim(), '[]');
});

test('recover --consul: a real agent takes the instance out, and has it in again at the end', async (t) => {
	const server = await consulServer(t);
	if (!server) return;
	const origin = `http://127.0.0.1:${server.port}`;
	const ask = (method: 'GET' | 'PUT', path: string, body?: object) =>
		askRegistry({ method, url: `${origin}/v1/${path}`, timeoutMs: 5000, ...(body && { body: JSON.stringify(body) }) });
	t.is((await ask('PUT', 'agent/service/register', { ID: 'dead one', Name: 'api', Address: '127.0.0.1', Port: 9 })).status, 200);
	const passing = async (): Promise<unknown[]> => JSON.parse((await ask('GET', 'health/service/api?passing=true')).body) as unknown[];
	t.is((await passing()).length, 1);
	const running = start(['recover', 'a=http://127.0.0.1:9/', '--consul', `${origin}/api`, '--interval', '100ms', '--for', '50s', '--json'], {
		cwd: scratch(t),
	});
	let said = '';
	for await (const [text] of on(running.child.stdout as NodeJS.ReadableStream, 'data') as AsyncIterable<[string]>) {
		said += text;
		if (/"action":"out","ok":true/.test(said)) break;
	}
	t.is((await passing()).length, 0);
	running.child.kill('SIGINT');
	const ended = await running.ended;
	t.is(ended.code, 130, ended.stderr);
	t.regex(ended.stdout, /"action":"in","ok":true/);
	t.is((await passing()).length, 1);
});
