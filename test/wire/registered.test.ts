import test from 'ava';
import { REGISTRIES, sourceOf, ZOOKEEPER_LAYOUTS } from '../../src/model/registration.js';
import { writeRegistered } from '../../src/wire/register-layouts.js';
import { endpointOf, type Registered, readRegistered } from '../../src/wire/registered.js';

const up = (host: string, port: number, more: Partial<Registered> = {}): Registered => ({ host, port, weight: 1, status: 'unknown', ...more });

const ROWS: [what: string, name: string, data: string, expected: Registered | null][] = [
	['host:port as data', 'n_0001', '10.0.0.1:8080\n', up('10.0.0.1', 8080)],
	['host:port as name', '10.0.0.1:8080', '', up('10.0.0.1', 8080)],
	['the data goes first', '10.0.0.1:8080', '10.0.0.2:80', up('10.0.0.2', 80)],
	['IPv6', 'x', '[fe80::1]:90', up('fe80::1', 90)],
	['Armeria: host:port:weight', 'x', 'h.example:36462:500', up('h.example', 36462, { weight: 500 })],
	['Armeria: weight 0 gets nothing', 'x', 'h:1:0', up('h', 1, { status: 'down', detail: 'weight 0' })],
	['a URL', 'x', 'http://h:8080/path', up('h', 8080)],
	['a URL with TLS', 'x', 'https://h:8443', up('h', 8443, { tls: true })],
	['Curator', '0f1e', '{"name":"web","id":"0f1e","address":"10.0.0.3","port":80,"sslPort":null,"payload":null,"serviceType":"DYNAMIC"}', up('10.0.0.3', 80)],
	['Curator, TLS only', '0f1e', '{"address":"10.0.0.3","port":null,"sslPort":8443}', up('10.0.0.3', 8443, { tls: true })],
	['Curator, switched off', '0f1e', '{"address":"h","port":1,"enabled":false}', up('h', 1, { status: 'down', detail: 'disabled' })],
	['Spring payload weight', 'x', '{"address":"h","port":1,"payload":{"weight":3}}', up('h', 1, { weight: 3 })],
	['server set', 'member_0000000001', '{"serviceEndpoint":{"host":"h","port":31},"additionalEndpoints":{},"status":"ALIVE"}', up('h', 31, { status: 'up' })],
	['server set, leaving', 'm', '{"serviceEndpoint":{"host":"h","port":31},"status":"STOPPING"}', up('h', 31, { status: 'down', detail: 'STOPPING' })],
	['Dubbo', 'dubbo%3A%2F%2F192.168.1.4%3A20880%2Forg.demo.Hello%3Fapplication%3Dp%26weight%3D200', '', up('192.168.1.4', 20880, { weight: 200 })],
	['Dubbo, disabled', encodeURIComponent('dubbo://h:20880/I?disabled=true'), '', up('h', 20880, { status: 'down', detail: 'disabled' })],
	['Kafka broker', '1', '{"endpoints":["PLAINTEXT://k:9092"],"host":null,"port":-1}', up('k', 9092)],
	['gRPC naming in etcd', 'a', '{"Op":0,"Addr":"1.1.1.1:1","Metadata":null}', up('1.1.1.1', 1)],
	['gRPC naming, a deletion', 'a', '{"Op":1,"Addr":"1.1.1.1:1"}', null],
	['address and port, Go style', 'a', '{"Address":"h","Port":"81"}', up('h', 81)],
	['broken JSON with a good name', 'h:81', '{"address":', up('h', 81)],
	['nothing that we know', 'leader', '', null],
	['no port', 'x', 'just-a-host', null],
	['port 0', 'x', 'h:0', null],
	['port too large', 'x', '{"host":"h","port":70000}', null],
	['a port that is no number', 'x', '{"host":"h","port":"80; rm"}', null],
	['a host with a space', 'x', '{"host":"a b","port":80}', null],
	['a host that is a path', 'x', '{"host":"../etc","port":80}', null],
	['a JSON list', 'x', '[1,2]', null],
	['null', 'x', 'null', null],
	['broken percent-encoding', 'dubbo%3A%2F%2Fh%3A1%ZZ', '', null],
	['a weight that is nonsense', 'x', '{"host":"h","port":1,"weight":-4}', up('h', 1)],
];
for (const [what, name, data, expected] of ROWS) test(what, (t) => t.deepEqual(readRegistered(name, data), expected));

test('whatever is written, in each layout, is read again', (t) => {
	for (const layout of ZOOKEEPER_LAYOUTS) {
		for (const host of ['127.0.0.1', '::1']) {
			const { child, data, sequential } = writeRegistered(layout, '/services/web', { run: 'r1', name: 'n1', host, port: 8080 });
			const read = readRegistered(sequential ? `${child}0000000001` : child, data);
			t.deepEqual([read?.host, read?.port, read?.status !== 'down'], [host, 8080, true], `${layout} ${host}`);
			t.false(child.includes('/'), `${layout}: a name of ZooKeeper has no slash`);
		}
	}
});

test('a long, hostile text costs nothing', (t) => {
	t.is(readRegistered('x', `${'a:'.repeat(50_000)}1`), null);
	t.is(endpointOf('a'.repeat(300), 80), null);
});

test('a registration is a source', (t) => {
	t.is(sourceOf({ kind: 'consul', url: 'http://127.0.0.1:8500/', service: 'web', check: 'ttl', ttlMs: 1, path: '/' }), 'consul://127.0.0.1:8500/web');
	t.is(sourceOf({ kind: 'etcd', url: 'https://[::1]', prefix: '/a/b', leaseMs: 1 }), 'etcd://[::1]:443/%2Fa%2Fb?tls');
	t.is(sourceOf({ kind: 'zookeeper', hosts: 'a:1,b:2', path: '/s', layout: 'plain', sessionMs: 1 }), 'zk://a:1,b:2/s');
	t.is(REGISTRIES.length, 3);
});
