import test from 'ava';
import { Malformed } from '../../src/wire/cut.js';
import { JuteReader, JuteWriter } from '../../src/wire/jute.js';
import {
	connectRequest,
	createRequest,
	cutPacket,
	NO_SESSION,
	pingRequest,
	readChildren,
	readConnected,
	readData,
	readMessage,
	readRequest,
} from '../../src/wire/zookeeper.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');

test('requests, byte by byte', (t) => {
	t.is(hex(pingRequest()), '00000008 fffffffe 0000000b'.replaceAll(' ', ''));
	t.is(hex(readRequest(7, 'getChildren', '/a', true)), '0000000f 00000007 00000008 00000002 2f61 01'.replaceAll(' ', ''));
	t.is(
		hex(connectRequest(NO_SESSION, 4000, 0n)),
		`0000002d 00000000 0000000000000000 00000fa0 0000000000000000 00000010 ${'00'.repeat(16)} 00`.replaceAll(' ', ''),
	);
	t.is(
		hex(createRequest(1, '/a', new Uint8Array([9]), { ephemeral: true, sequential: true })),
		'00000032 00000001 00000001 00000002 2f61 00000001 09 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000003'.replaceAll(' ', ''),
	);
});

test('answers', (t) => {
	const granted = readConnected(bytes(`00000000 00000fa0 0000000000000abc 00000010 ${'11'.repeat(16)}`));
	t.deepEqual([granted?.timeoutMs, granted?.id, granted?.password.length], [4000, 0xabcn, 16], 'without the last byte, as before 3.4');
	t.is(readConnected(bytes(`00000000 00000000 0000000000000000 00000010 ${'00'.repeat(16)} 00`)), null, 'expired');
	t.deepEqual(readMessage(bytes('ffffffff ffffffffffffffff 00000000 00000004 00000003 00000002 2f61')), { kind: 'watch', path: '/a' });
	t.deepEqual(readMessage(bytes('fffffffe 0000000000000001 00000000')), { kind: 'ping' });
	t.like(readMessage(bytes('00000005 0000000000000009 ffffff9b')), { kind: 'reply', xid: 5, zxid: 9n, error: -101 });
	t.deepEqual(readChildren(bytes('00000002 00000001 61 00000002 6262')), ['a', 'bb']);
	t.deepEqual(readChildren(bytes('ffffffff')), []);
	t.deepEqual([...readData(bytes('ffffffff'))], []);
});

for (const [what, read] of [
	['a vector of two thousand million strings', () => readChildren(bytes('7fffffff'))],
	['a vector of a negative count', () => readChildren(bytes('fffffff0'))],
	['a string beyond the end', () => readChildren(bytes('00000001 000000ff 61'))],
	['a buffer of a negative length', () => readData(bytes('fffffff0'))],
	['a header that is cut off', () => readMessage(bytes('00000005 00'))],
	['HTTP instead', () => cutPacket(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))],
	['a packet of a negative length', () => cutPacket(bytes('ffffffff'))],
] as const) {
	test(`malformed: ${what}`, (t) => void t.throws(read, { instanceOf: Malformed }));
}

test('packets in pieces', (t) => {
	const packet = readRequest(1, 'getData', '/x', false);
	for (let i = 0; i < packet.length; i++) t.is(cutPacket(packet.subarray(0, i)), null);
	t.is(cutPacket(packet)?.length, packet.length);
	t.is(cutPacket(Buffer.concat([packet, packet]))?.length, packet.length);
});

test('jute: what is written is read, beyond the first buffer too', (t) => {
	const long = 'é'.repeat(2000);
	const reader = new JuteReader(
		new JuteWriter()
			.int(-5)
			.long(-7n)
			.bool(true)
			.string(long)
			.buffer(new Uint8Array([1, 2]))
			.packet()
			.subarray(4),
	);
	t.deepEqual([reader.int(), reader.long(), reader.bool(), reader.string(), [...reader.buffer()], reader.left], [-5, -7n, true, long, [1, 2], 0]);
});
