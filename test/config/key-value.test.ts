import test from 'ava';
import { loadPlan } from '../../src/config/load.js';
import type { DarumaError } from '../../src/model/errors.js';
import { serveHttp, serveTcp } from '../discovery/registry-stage.js';

const KEYS: Record<string, string> = {
	'/v1/kv/daruma/web?raw': 'version: 1\nsubject: { nginx: ./nginx.conf }\nexperiments: [{ fault: { kind: kill } }]\n',
	'/v1/kv/bad?raw': 'version: 1\nexperiments:\n  - fault: { kind: kil }\n',
	'/v1/kv/empty?raw': ' \n',
	'/v1/kv/dc?raw&dc=d1': 'version: 1\nexperiments: [{ fault: { kind: kill } }]\n',
	'/v1/kv/large?raw': `# ${'x'.repeat(1_100_000)}`,
};
const consul = (t: Parameters<typeof serveHttp>[0]) =>
	serveHttp(t, ({ url, headers }, response) => {
		const value = headers['x-consul-token'] === 'wrong' ? undefined : KEYS[url ?? ''];
		response.statusCode = headers['x-consul-token'] === 'wrong' ? 403 : value === undefined ? 404 : 200;
		response.end(value ?? '');
	});

test('a plan under a key of Consul: relative paths count from the working directory', async (t) => {
	const place = await consul(t);
	const { plan } = await loadPlan({ file: `consul-kv://${place}/daruma/web`, cwd: '/somewhere' });
	t.deepEqual(plan.subject, { kind: 'nginx', config: '/somewhere/nginx.conf' });
	t.is((await loadPlan({ file: `consul-kv://${place}/dc?dc=d1`, cwd: '/', overrides: { seed: 5 } as never })).plan.seed, 5);
});

for (const [key, code, expected] of [
	['bad', 'E_CONFIG', /^consul-kv:\/\/127[^ ]*\/bad:3:20: experiments\[0\]\.fault\.kind: expected one of/],
	['absent', 'E_NO_CONFIG', /there is no such key/],
	['empty', 'E_NO_CONFIG', /an empty value/],
	['large', 'E_NO_CONFIG', /1048576 bytes/],
] as const) {
	test(`${key}: one message, exit 2`, async (t) => {
		const error = (await t.throwsAsync(loadPlan({ file: `consul-kv://${await consul(t)}/${key}`, cwd: '/' }))) as DarumaError;
		t.deepEqual([error.code, error.exit], [code, 2]);
		t.regex(error.message, expected);
	});
}

test('a refused token is not shown', async (t) => {
	const error = (await t.throwsAsync(loadPlan({ file: `consul-kv://wrong@${await consul(t)}/daruma/web`, cwd: '/' }))) as DarumaError;
	t.regex(error.message, /answered 403/);
	t.false(error.message.includes('wrong'));
});

test('nobody there, and nobody who speaks ZooKeeper', async (t) => {
	const silent = await serveTcp(t, (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
	const refused = (await t.throwsAsync(loadPlan({ file: `zk://${silent}/daruma`, cwd: '/' }))) as DarumaError;
	t.deepEqual([refused.code, refused.exit], ['E_NO_CONFIG', 2]);
	for (const file of ['zk://h:2181', 'consul-kv://h:8500/']) {
		t.is(((await t.throwsAsync(loadPlan({ file, cwd: '/' }))) as DarumaError).exit, 2, file);
	}
});
