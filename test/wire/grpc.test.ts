import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { fieldOf, GRPC_CODES, GrpcMessages, grpcCodeName, grpcMessage, grpcStatusOf, grpcText } from '../../src/wire/grpc.js';
import { healthRequest, servingStatus } from '../../src/wire/grpc-health.js';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

test('messages in any cuts', (t) => {
	const random = rng(3);
	for (let n = 0; n < 200; n++) {
		const sent = Array.from({ length: Math.floor(random.next() * 5) }, () => new Uint8Array(Math.floor(random.next() * 300)).fill(n));
		const stream = Buffer.concat(sent.map(grpcMessage));
		const heard: Uint8Array[] = [];
		const reader = new GrpcMessages(300);
		for (let at = 0; at < stream.length; ) {
			const to = Math.min(stream.length, at + 1 + Math.floor(random.next() * 100));
			t.true(reader.read(stream.subarray(at, to), (m) => heard.push(new Uint8Array(m))));
			at = to;
		}
		t.false(reader.open);
		t.deepEqual(heard, sent);
	}
});

test('messages that cannot be taken', (t) => {
	const read = (hex: string) => {
		const reader = new GrpcMessages(10);
		return [reader.read(bytes(hex), () => {}), reader.why !== '', reader.tooLarge, reader.open];
	};
	t.deepEqual(read('000000000a00'), [true, false, false, true]);
	t.deepEqual(read('000000000b'), [false, true, true, true]);
	t.deepEqual(read('00ffffffff'), [false, true, true, true]);
	t.deepEqual(read('0100000001'), [false, true, false, true]);
	t.deepEqual(read('7f00000001'), [false, true, false, true]);
});

test('health: requests and answers', (t) => {
	t.deepEqual(healthRequest(''), bytes(''));
	t.deepEqual(healthRequest('ab'), bytes('0a026162'));
	t.deepEqual(healthRequest('x'.repeat(300)).subarray(0, 3), bytes('0aac02'));
	for (const [hex, status] of [
		['', 0],
		['0801', 1],
		['0802', 2],
		['088100', 1],
		['12016108010d00000000', 1],
		['11000000000000000008020a00', 2],
		['08ffffffffffffffffff01', 0x7fffffff],
		['08', -1],
		['0880', -1],
		['08ffffffffffffffffffff01', -1],
		['1205', -1],
		['0b', -1],
		['00', -1],
		['ff', -1],
	] as const)
		t.is(servingStatus(bytes(hex)), status, hex);
});

test('statuses', (t) => {
	t.is(GRPC_CODES.length, 17);
	t.deepEqual([grpcCodeName(16), grpcCodeName(99)], ['UNAUTHENTICATED', 'code 99']);
	const fields = (value: string) => [{ name: 'grpc-status', value }];
	t.deepEqual([grpcStatusOf(fields('14')), grpcStatusOf(fields('-1')), grpcStatusOf(fields('1x')), grpcStatusOf([])], [14, -1, -1, null]);
	t.is(fieldOf([...fields('1'), ...fields('2')], 'grpc-status'), '1');
	t.deepEqual(['a%20b', '%C3%BC', '100%', '%zz', '%ff'].map(grpcText), ['a b', 'ü', '100%', '%zz', '\ufffd']);
});
