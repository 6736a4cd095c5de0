import test from 'ava';
import { fromBase64, rangeEnd, readRange, readWatchLine, toBase64 } from '../../src/wire/etcd.js';

test('keys in base64, and the end of a prefix', (t) => {
	t.is(fromBase64(toBase64('dé/ä')), 'dé/ä');
	t.is(fromBase64(7), '');
	t.is(fromBase64('%%%'), '');
	t.is(atob(rangeEnd('svc/')), 'svc0');
	t.is(atob(rangeEnd('')), '\0');
	t.is(Buffer.from(rangeEnd('aÿ'), 'base64').toString('hex'), '61c3c0', 'a byte, not a letter');
});

test('lists', (t) => {
	t.deepEqual(readRange({ header: { revision: '7' } }), { revision: 7n, pairs: [] });
	t.deepEqual(readRange({ header: {}, kvs: [{ key: toBase64('a'), value: toBase64('b') }, null] }), {
		revision: 0n,
		pairs: [
			{ key: 'a', value: 'b' },
			{ key: '', value: '' },
		],
	});
	for (const odd of [null, 'x', {}, { header: {}, kvs: 'x' }]) t.is(readRange(odd), null);
});

for (const [line, expected] of [
	['{"result":{"header":{},"created":true}}', { kind: 'created' }],
	['{"result":{"header":{},"events":[{"type":"DELETE","kv":{}}]}}', { kind: 'changed' }],
	['{"result":{"canceled":true,"compact_revision":"9"}}', { kind: 'compacted' }],
	['{"result":{"canceled":true,"cancel_reason":"no leader"}}', { kind: 'ended', why: 'no leader' }],
	['{"error":{"grpc_code":14,"message":"gone"}}', { kind: 'ended', why: 'gone' }],
	['{"error":"x"}', { kind: 'ended', why: 'it refused the watch' }],
	['not JSON', null],
	['{"result":4}', null],
	['7', null],
] as const) {
	test(`a watch says ${line}`, (t) => t.deepEqual(readWatchLine(line), expected as never));
}
