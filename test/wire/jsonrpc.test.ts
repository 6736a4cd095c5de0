import test from 'ava';
import { jsonRpcText, readJsonRpc } from '../../src/wire/jsonrpc.js';

const read = (text: string | Uint8Array) => readJsonRpc(typeof text === 'string' ? new Uint8Array(Buffer.from(text)) : text, 7);

test('requests', (t) => {
	t.is(jsonRpcText({ method: 'a' }, 1), '{"jsonrpc":"2.0","method":"a","id":1}');
	t.is(jsonRpcText({ method: 'a', params: [1] }, 2), '{"jsonrpc":"2.0","method":"a","params":[1],"id":2}');
});

test('answers', (t) => {
	t.deepEqual(read('{"jsonrpc":"2.0","result":null,"id":7}'), { kind: 'result', result: null });
	t.deepEqual(read('{"jsonrpc":"2.0","error":{"code":-32601,"message":"no"},"id":7}'), { kind: 'error', code: -32601, message: 'no' });
	t.deepEqual(read('{"jsonrpc":"2.0","error":{"code":-32700,"message":"?"},"id":null}'), { kind: 'error', code: -32700, message: '?' });
	t.deepEqual(read('{"jsonrpc":"2.0","method":"news","params":[]}'), { kind: 'other' });
	for (const text of [
		'',
		'{',
		'[]',
		'1',
		'null',
		'{}',
		'{"jsonrpc":"1.0","result":1,"id":7}',
		'{"result":1,"id":7}',
		'{"jsonrpc":2.0,"result":1,"id":7}',
		'{"jsonrpc":"2.0","result":1,"id":8}',
		'{"jsonrpc":"2.0","result":1,"id":"7"}',
		'{"jsonrpc":"2.0","result":1}',
		'{"jsonrpc":"2.0","result":1,"id":null}',
		'{"jsonrpc":"2.0","id":7}',
		'{"jsonrpc":"2.0","result":1,"error":{"code":1,"message":""},"id":7}',
		'{"jsonrpc":"2.0","error":null,"id":7}',
		'{"jsonrpc":"2.0","error":{"code":"1","message":""},"id":7}',
		'{"jsonrpc":"2.0","error":{"code":1.5,"message":""},"id":7}',
		'{"jsonrpc":"2.0","error":{"code":1},"id":7}',
		`{"jsonrpc":"2.0","result":${'['.repeat(100_000)},"id":7}`,
		`${'['.repeat(200_000)}${']'.repeat(200_000)}`,
	])
		t.is(read(text).kind, 'broken', text.slice(0, 60));
	t.is(read(Uint8Array.of(0x22, 0xff, 0x22)).kind, 'broken');
	t.is(read('{"jsonrpc":"2.0","__proto__":{"result":1},"id":7}').kind, 'broken');
});
