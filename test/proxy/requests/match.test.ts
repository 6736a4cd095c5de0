import test from 'ava';
import { matchObjection, requestMatcher } from '../../../src/proxy/requests/match.js';
import { grpcMethodOf, type Header, type RequestFacts, rpcMethodsOf } from '../../../src/proxy/requests/plan.js';

const facts = (more: Partial<RequestFacts> = {}): RequestFacts => ({
	protocol: 'http/1.1',
	method: 'GET',
	path: '/api/users?id=7',
	headers: [
		['host', 't'],
		['x-a', 'one'],
		['x-a', 'two'],
		['x-empty', ''],
	],
	conn: 0,
	client: { address: '127.0.0.1', port: 1 },
	...more,
});

const rows: [attributes: Record<string, string>, request: Partial<RequestFacts>, meets: boolean][] = [
	[{}, {}, true],
	[{ method: 'GET' }, {}, true],
	[{ method: 'get' }, {}, true],
	[{ method: 'POST, GET' }, {}, true],
	[{ method: 'POST' }, {}, false],
	[{ path: '/api/users' }, {}, true],
	[{ path: '/api/users?id=7' }, {}, true],
	[{ path: '/api/users?id=8' }, {}, false],
	[{ path: '/api/user' }, {}, false],
	[{ path: '/api/*' }, {}, true],
	[{ path: '*' }, {}, true],
	[{ path: '/api/*?id=*' }, {}, true],
	[{ path: '/b/*' }, {}, false],
	[{ path: '/api/' }, { path: '/api/' }, true],
	[{ path: '/api/' }, { path: '/xapix' }, false],
	[{ path: '/^\\/api\\/u/' }, {}, true],
	[{ path: '/id=\\d$/' }, {}, true],
	[{ path: '/id=\\d\\d$/' }, {}, false],
	[{ path: '/api/users' }, { path: 'http://host:80/api/users' }, true],
	[{ path: '*' }, { path: '*' }, true],
	[{ path: `${'a'.repeat(5000)}` }, { path: 'a'.repeat(5000) }, false],
	[{ header: 'x-a' }, {}, true],
	[{ header: 'X-A: two' }, {}, true],
	[{ header: 'x-a: three' }, {}, false],
	[{ header: 'x-a: t*' }, {}, true],
	[{ header: 'x-empty' }, {}, true],
	[{ header: 'x-b' }, {}, false],
	[{ grpc_method: 'a.B/C' }, { grpcMethod: 'a.B/C' }, true],
	[{ grpc_method: '/a.B/C' }, { grpcMethod: 'a.B/C' }, true],
	[{ grpc_method: 'a.B/*' }, { grpcMethod: 'a.B/C' }, true],
	[{ grpc_method: 'a.B/D' }, { grpcMethod: 'a.B/C' }, false],
	[{ grpc_method: '*' }, {}, false],
	[{ method: 'GET', path: '/b' }, {}, false],
]; // biome-ignore format: a table

for (const [attributes, request, meets] of rows) {
	test(`${JSON.stringify(attributes).slice(0, 60)} ${meets ? 'meets' : 'does not meet'} ${JSON.stringify(request).slice(0, 60)}`, (t) => {
		t.is(requestMatcher(attributes).head(facts(request)), meets);
		t.is(matchObjection(attributes), null);
	});
}

test('methods of JSON-RPC calls', (t) => {
	const { rpc } = requestMatcher({ rpc_method: 'eth_*' });
	t.true(rpc?.(['net_version', 'eth_call']));
	t.false(rpc?.(['net_version']));
	t.false(rpc?.([]));
	t.is(requestMatcher({}).rpc, null);
	const of = (text: string): string[] => rpcMethodsOf(Buffer.from(text));
	t.deepEqual(of('{"jsonrpc":"2.0","method":"a"}'), ['a']);
	t.deepEqual(of('[{"jsonrpc":"2.0","method":"a","id":1},{"jsonrpc":"2.0","method":"b"},3,null,{"method":"c"}]'), ['a', 'b']);
	for (const odd of ['', '{', 'null', '3', '"x"', '[]', '{"jsonrpc":"2.0","method":7}', '{"jsonrpc":"1.0","method":"a"}', '\xff'])
		t.deepEqual(of(odd), [], odd);
});

test('gRPC is told by its content type', (t) => {
	const type = (value: string): Header[] => [['content-type', value]];
	t.is(grpcMethodOf('/a.B/C', type('application/grpc+proto')), 'a.B/C');
	t.is(grpcMethodOf('/a.B/C?x', type('application/grpc-web')), 'a.B/C');
	t.is(grpcMethodOf('/a.B/C', type('application/json')), undefined);
	t.is(grpcMethodOf('/a.B/C', []), undefined);
});

test('what makes no sense is told', (t) => {
	t.regex(matchObjection({ path: '/(/' }) ?? '', /^path holds no regular expression: /);
	t.regex(matchObjection({ header: 'x: /(?=a)/' }) ?? '', /^header holds no regular expression: look-around/);
	t.regex(matchObjection({ method: 'G ET' }) ?? '', /^method must be/);
	t.regex(matchObjection({ header: 'a b' }) ?? '', /^header must be/);
});
