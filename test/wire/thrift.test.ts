import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { Malformed } from '../../src/wire/cut.js';
import { readThrift, readThriftFrame, type ThriftProtocol, thriftCall, thriftFrame } from '../../src/wire/thrift.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('calls, as the specifications lay them out', (t) => {
	t.is(shown(thriftCall('binary', 'ping', 1)), '80010001 00000004 70696e67 00000001 00'.replace(/ /g, ''));
	t.is(shown(thriftCall('compact', 'ping', 300)), '82 21 ac02 04 70696e67 00'.replace(/ /g, ''));
	t.is(shown(thriftFrame(hex('0102'))), '000000020102');
});

const PING = '70696e67';
const GOOD: [string, ThriftProtocol, string, unknown, unknown?][] = [
	['void', 'binary', `80010002 00000004 ${PING} 00000007 00`, null],
	['void, old head', 'binary', `00000004 ${PING} 02 00000007 00`, null],
	['text', 'binary', `80010002 00000004 ${PING} 00000007 0b 0000 00000002 6869 00`, { id: 0, value: 'hi' }],
	['i64', 'binary', `80010002 00000004 ${PING} 00000007 0a 0000 ffffffffffffffff 00`, { id: 0, value: -1n }],
	['double', 'binary', `80010002 00000004 ${PING} 00000007 04 0000 3fe0000000000000 00`, { id: 0, value: 0.5 }],
	['declared exception', 'binary', `80010002 00000004 ${PING} 00000007 0c 0001 0b 0001 00000001 78 00 00`, { id: 1, value: null }],
	['map of lists of bytes', 'binary', `80010002 00000004 ${PING} 00000007 0d 0000 0b 0f 00000001 00000001 61 03 00000002 0102 00`, { id: 0, value: null }],
	['unknown method', 'binary', `80010003 00000004 ${PING} 00000007 0b 0001 00000002 6e6f 08 0002 00000001 00`, null, { message: 'no', type: 1 }],
	['void', 'compact', `82 41 07 04 ${PING} 00`, null],
	['true', 'compact', `82 41 07 04 ${PING} 01 00 00`, { id: 0, value: true }],
	['false', 'compact', `82 41 07 04 ${PING} 02 00 00`, { id: 0, value: false }],
	['i32 -2', 'compact', `82 41 07 04 ${PING} 05 00 03 00`, { id: 0, value: -2 }],
	['i64 300', 'compact', `82 41 07 04 ${PING} 06 00 d804 00`, { id: 0, value: 300n }],
	['double', 'compact', `82 41 07 04 ${PING} 07 00 000000000000e03f 00`, { id: 0, value: 0.5 }],
	['long list of bools', 'compact', `82 41 07 04 ${PING} 09 00 f1 10 ${'01'.repeat(16)} 00`, { id: 0, value: null }],
	['empty map', 'compact', `82 41 07 04 ${PING} 0b 00 00 00`, { id: 0, value: null }],
	['map', 'compact', `82 41 07 04 ${PING} 0b 00 01 83 01 61 05 00`, { id: 0, value: null }],
	['declared exception', 'compact', `82 41 07 04 ${PING} 1c 18 01 78 00 00`, { id: 1, value: null }],
	['internal error', 'compact', `82 61 07 04 ${PING} 18 02 6e6f 15 0c 00`, null, { message: 'no', type: 6 }],
];

test('answers, whole, cut anywhere, in frames', (t) => {
	for (const [why, protocol, text, result, exception = null] of GOOD) {
		const bytes = hex(text);
		const value = { name: 'ping', seq: 7, kind: exception ? 'exception' : 'reply', result, exception };
		t.deepEqual<unknown, unknown>(readThrift(protocol, Uint8Array.from([...bytes, 9, 9])), { value, length: bytes.length }, `${protocol} ${why}`);
		for (let n = 0; n < bytes.length; n++) t.is(readThrift(protocol, bytes.subarray(0, n)), null, `${protocol} ${why} ${n}`);
		t.deepEqual<unknown, unknown>(readThriftFrame(protocol, thriftFrame(bytes)), { value, length: bytes.length + 4 });
		t.is(readThriftFrame(protocol, thriftFrame(bytes).subarray(0, -1)), null);
		t.throws(() => readThriftFrame(protocol, thriftFrame(Uint8Array.from([...bytes, 0]))), { instanceOf: Malformed });
		t.throws(() => readThriftFrame(protocol, thriftFrame(bytes.subarray(0, -1))), { instanceOf: Malformed });
	}
});

test('what can be no answer', (t) => {
	const head = `80010002 00000004 ${PING} 00000007`;
	const small = `82 41 07 04 ${PING}`;
	for (const [protocol, text] of [
		['binary', '48545450 2f312e31'],
		['binary', '80020002 00000000'],
		['binary', `80010001 00000004 ${PING} 00000007 00`],
		['binary', '80010002 ffffffff'],
		['binary', '80010002 7fffffff'],
		['binary', `${head} 63 0000`],
		['binary', `${head} 0f 0000 02 7fffffff`],
		['binary', `${head} 0f 0000 02 ffffffff`],
		['binary', `${head} ${'0c0001'.repeat(100)}`],
		['binary', `${head} 0f 0000 ${'0f00000001'.repeat(100)}`],
		['binary', `${head} 0b 0000 80000000`],
		['compact', '48545450'],
		['compact', '8242'],
		['compact', `82 21 07 04 ${PING} 00`],
		['compact', '8241 ffffffffffffffffffffff'],
		['compact', '8241 07 ffffffff7f'],
		['compact', `${small} 0f 00`],
		['compact', `${small} 09 00 f1 ffffffff07`],
		['compact', `${small} ${'1c'.repeat(100)}`],
		['compact', `${small} 09 00 ${'19'.repeat(100)}`],
	] as const)
		t.throws(() => readThrift(protocol, hex(text)), { instanceOf: Malformed }, text);
	for (const text of ['00000000', '7fffffff', '48545450']) t.throws(() => readThriftFrame('binary', hex(text)), { instanceOf: Malformed });
});

test('empty elements cost bounded time', (t) => {
	// Structs without fields take one byte each; a list that claims many of nothing must not be counted for ever.
	const lists = `0f 0000 0c 00010000 ${'00'.repeat(65_536)} 0f 0001 0c 00010000 ${'00'.repeat(65_536)} 00`;
	t.throws(() => readThrift('binary', hex(`80010002 00000004 ${PING} 00000007 ${lists}`)), { instanceOf: Malformed });
});

test('random bytes: read or refused, never anything else', (t) => {
	const random = rng(8);
	for (let n = 0; n < 30_000; n++) {
		const [, protocol, text] = GOOD[n % GOOD.length] as (typeof GOOD)[number];
		const bytes = hex(text);
		for (let k = 0; k < 1 + (n % 3); k++) bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
		try {
			readThrift(protocol, bytes);
		} catch (error) {
			if (!(error instanceof Malformed)) t.fail(String((error as Error).stack));
		}
	}
	t.pass();
});
