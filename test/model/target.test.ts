import test from 'ava';
import type { DarumaError } from '../../src/model/errors.js';
import { isSecure, parseTarget, queryOf, TARGET_PROTOCOLS } from '../../src/model/target.js';

const parts = (url: string) => {
	const { protocol, host, port, path } = parseTarget(url);
	return [protocol, host, port, path];
};

test('URLs of every protocol', (t) => {
	for (const [url, ...expected] of [
		['http://10.0.0.1:8080/health?a=1', 'http', '10.0.0.1', 8080, '/health?a=1'],
		['https://Example.org', 'https', 'example.org', 443, '/'],
		['https://example.org:80/x', 'https', 'example.org', 80, '/x'],
		['http://[::1]:9000/', 'http', '::1', 9000, '/'],
		['tcp://127.0.0.1:6379', 'tcp', '127.0.0.1', 6379, ''],
		['tcp://127.0.0.1:80', 'tcp', '127.0.0.1', 80, ''],
		['tls://[2001:db8::2]', 'tls', '2001:db8::2', 443, ''],
		['grpc://h:1/my.Service', 'grpc', 'h', 1, '/my.Service'],
		['grpcs://h', 'grpcs', 'h', 443, ''],
		['jsonrpc+http://h/rpc', 'jsonrpc+http', 'h', 80, '/rpc'],
		['jsonrpc+https://h', 'jsonrpc+https', 'h', 443, '/'],
		['jsonrpc+tcp://h:5', 'jsonrpc+tcp', 'h', 5, ''],
		['ws://h/s', 'ws', 'h', 80, '/s'],
		['wss://h', 'wss', 'h', 443, '/'],
		['dns://9.9.9.9/example.org?type=AAAA', 'dns', '9.9.9.9', 53, '/example.org?type=AAAA'],
		['udp://h:9', 'udp', 'h', 9, ''],
		['redis://h', 'redis', 'h', 6379, ''],
		['rediss://h/2', 'rediss', 'h', 6379, '/2'],
		['postgresql://h/db', 'postgres', 'h', 5432, '/db'],
		['thrift://h:9090', 'thrift', 'h', 9090, ''],
		['exec:./check.sh --fast "a b"', 'exec', './check.sh', 0, '--fast "a b"'],
		['exec:"/opt/my check" -x', 'exec', '/opt/my check', 0, '-x'],
		['HTTP://H:1', 'http', 'h', 1, '/'],
	] as const)
		t.deepEqual(parts(url), expected, url);
});

test('a socket file instead of host and port', (t) => {
	const target = parseTarget('http+unix:/run/app.sock:/health?x=1');
	t.deepEqual([target.protocol, target.socketPath, target.path, target.port], ['http', '/run/app.sock', '/health?x=1', 0]);
	t.is(parseTarget('http+unix:/run/app.sock').path, '/');
	t.is(parseTarget('redis+unix:///run/redis.sock').socketPath, '/run/redis.sock');
});

test('secrets are read, and never shown', (t) => {
	const target = parseTarget('redis://me:p%40ss@h:1/0?password=abc&x=1&api_key=zz');
	t.deepEqual([target.username, target.password], ['me', 'p@ss']);
	t.is(target.name, 'redis://h:1/0?password=***&x=1&api_key=***');
	const wrong = t.throws(() => parseTarget('redis://me:hunter2@h:99999')) as DarumaError;
	t.notRegex(wrong.message, /hunter2/);
	t.notRegex((t.throws(() => parseTarget('tcp://me:hunter2@h')) as DarumaError).message, /hunter2/);
});

test('what is wrong: what was expected, and how to write it', (t) => {
	for (const [url, message, hint] of [
		['', /a URL that begins with its protocol/, undefined],
		['127.0.0.1:80', /a URL/, /tcp:\/\/127\.0\.0\.1:80/],
		['localhost:8080/x', /a URL/, /http:\/\/localhost:8080\/x/],
		['example.org', /a URL/, /http:\/\/example\.org/],
		['htp://h', /found "htp"/, /did you mean http/],
		['constructor://h', /found "constructor"/, undefined],
		['tcp://h', /a port: tcp has no usual one/, /tcp:\/\/h:PORT/],
		['tcp://h:0', /a port from 1 to 65535, found 0/, undefined],
		['http://h:70000', /a port from 1 to 65535, found 70000/, undefined],
		['http://h:x', /http:\/\/HOST/, undefined],
		['http://', /HOST/, undefined],
		['http:/h', /"\/\/" after http:/, /http:\/\/h/],
		['http://::1:80/', /brackets/, undefined],
		['http+unix:relative.sock', /\/path\/of\/the\.sock/, undefined],
		['exec:', /a program/, /check\.sh/],
		['redis://a%zz@h', /percent-encoding/, undefined],
	] as const) {
		const error = t.throws(() => parseTarget(url), { code: 'E_TARGET' }, url) as DarumaError;
		t.regex(error.message, message, url);
		t.is(error.exit, 2);
		if (hint) t.regex(error.hint ?? '', hint, url);
	}
});

test('a query goes onto the wire, or into the options, never both', (t) => {
	t.deepEqual(queryOf(parseTarget('tcp://h:1?send=PING%0D&expect=/PONG/')), { send: 'PING\r', expect: '/PONG/' });
	t.is(queryOf(parseTarget('http://h:1/?a=b')), null);
	t.is(queryOf(parseTarget('tcp://h:1')), null);
});

test('which begin with TLS', (t) => {
	t.deepEqual(
		TARGET_PROTOCOLS.filter((protocol) => isSecure({ protocol } as never)),
		['https', 'tls', 'grpcs', 'jsonrpc+https', 'wss', 'rediss'],
	);
});
