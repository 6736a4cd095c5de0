import test from 'ava';
import { describePlan } from '../../src/config/index.js';
import { readPlan } from '../../src/config/load.js';

const file = (register: string): string => `version: 1\ncluster:\n  builtin: { http: {} }\n  register: ${register}\nexperiments: [{ fault: { kind: kill } }]\n`;
const registerOf = async (text: string) => (await readPlan(file(text), '/p/daruma.yaml')).plan.cluster.register;

test('each registry with its defaults', async (t) => {
	t.deepEqual(await registerOf('{ consul: { service: web } }'), {
		kind: 'consul',
		url: 'http://127.0.0.1:8500',
		service: 'web',
		check: 'ttl',
		ttlMs: 2000,
		path: '/',
	});
	t.deepEqual(await registerOf('{ zookeeper: { path: /services/web, layout: serverset, session: 1s } }'), {
		kind: 'zookeeper',
		hosts: '127.0.0.1:2181',
		path: '/services/web',
		layout: 'serverset',
		sessionMs: 1000,
	});
	t.deepEqual(await registerOf('{ etcd: { prefix: services/web } }'), { kind: 'etcd', url: 'http://127.0.0.1:2379', prefix: 'services/web', leaseMs: 2000 });
});

test('what is described is read again; without it there is none', async (t) => {
	for (const text of [
		'{ consul: { service: web, check: http, path: /health, ttl: 1s } }',
		'{ zookeeper: { path: /a, hosts: "a:1,b:2" } }',
		'{ etcd: { prefix: /x/, lease: 5s } }',
	]) {
		const { plan } = await readPlan(`${file(text)}subject: { client: { resolve: "zk://a:1/b" } }\n`, '/p/daruma.yaml');
		const again = (await readPlan(describePlan(plan), '/p/daruma.yaml')).plan;
		t.deepEqual([again.cluster, again.subject], [plan.cluster, plan.subject]);
	}
	t.false('register' in (await readPlan('version: 1\nexperiments: [{ fault: { kind: kill } }]', 'x')).plan.cluster);
});

for (const [text, expected] of [
	['{ }', /cluster\.register: expected exactly one of consul, zookeeper, etcd, found none/],
	['{ consul: { service: a }, etcd: { prefix: b } }', /exactly one of/],
	['{ consul: { } }', /daruma.yaml:4:.* the key service/],
	['{ consul: { service: "a b" } }', /the name of a service/],
	['{ consul: { service: a, url: "http://user:pw@h:1" } }', /without user or path/],
	['{ consul: { service: a, ttl: 10ms } }', /at least 1s/],
	['{ zookeeper: { path: services } }', /a path such as/],
	['{ zookeeper: { path: /a, layout: curater } }', /did you mean|one of curator/],
	['{ zookeeper: { path: /a, hosts: localhost } }', /host:port/],
] as const) {
	test(`wrong: ${text}`, async (t) => t.regex((await t.throwsAsync(registerOf(text)))!.message, expected));
}

test('resolve names a registry', async (t) => {
	// A secret would end up in the run's folder.
	for (const address of ['ftp:x', 'consul://token@h:1/web']) {
		const text = `version: 1\nsubject: { client: { resolve: "${address}" } }\nexperiments: [{ fault: { kind: kill } }]\n`;
		t.regex((await t.throwsAsync(readPlan(text, 'd.yaml')))!.message, /d\.yaml:2:\d+: subject\.client\.resolve: expected consul:/);
	}
});
