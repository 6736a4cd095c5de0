import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { readClientHello } from '../../src/wire/tls-hello.js';

/** What Node's own client says first. */
const hello = async (options: object): Promise<Buffer> =>
	new Promise((resolve) => {
		const chunks: Buffer[] = [];
		const socket = new Duplex({
			read() {},
			write(chunk, _, done) {
				chunks.push(chunk);
				done();
				if (readClientHello(Buffer.concat(chunks)) !== 'more') resolve(Buffer.concat(chunks));
			},
		});
		connect({ socket, ...options }).on('error', () => {});
	});
/** The same message in records of so many bytes. */
const cut = (bytes: Buffer, size: number): Buffer => {
	const message = bytes.subarray(5);
	const records: Buffer[] = [];
	for (let at = 0; at < message.length; at += size) {
		const part = message.subarray(at, at + size);
		records.push(Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part);
	}
	return Buffer.concat(records);
};

test('what a client offers and asks for, whole, in small records, and with bytes behind it', async (t) => {
	const both = await hello({ servername: 'redis.internal', ALPNProtocols: ['h2', 'http/1.1'] });
	const expected = { alpn: ['h2', 'http/1.1'], servername: 'redis.internal' };
	t.deepEqual(readClientHello(both), expected);
	for (const size of [1, 3, 100]) t.deepEqual(readClientHello(cut(both, size)), expected, `records of ${size}`);
	t.deepEqual(readClientHello(Buffer.concat([both, Buffer.from([0x14, 3, 3, 0, 1, 1])])), expected, 'what follows is not looked at');
	t.deepEqual(readClientHello(await hello({})), { alpn: [], servername: null });
	t.deepEqual(readClientHello(await hello({ maxVersion: 'TLSv1.2', ALPNProtocols: ['x'] })), { alpn: ['x'], servername: null });
});

test('as long as it is not whole there is more to come', async (t) => {
	const bytes = await hello({ servername: 'a.b', ALPNProtocols: ['h2'] });
	for (const whole of [bytes, cut(bytes, 7)]) for (let n = 0; n < whole.length; n++) t.is(readClientHello(whole.subarray(0, n)), 'more', `${n} bytes`);
});

test('what is no ClientHello is none, and nothing of it throws', async (t) => {
	for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0-x\r\n', '\x16\x02\x00\x00\x05', '\x16\x03\x01\x00\x04\x02\x00\x00\x00'])
		t.is(readClientHello(Buffer.from(text, 'latin1')), null, JSON.stringify(text));
	t.is(readClientHello(Buffer.from('16030100040100000000', 'hex')), null, 'an empty one');
	t.is(readClientHello(Buffer.concat([Buffer.from('16030140000100ffff', 'hex'), Buffer.alloc(20_000)])), null, 'an endless one');
	const chance = rng(3);
	const good = await hello({ servername: 'a.b', ALPNProtocols: ['h2', 'http/1.1'] });
	let whole = 0;
	for (let i = 0; i < 5000; i++) {
		const bytes = Buffer.from(good);
		for (let k = 0; k < 1 + (i % 4); k++) bytes[Math.floor(chance.next() * bytes.length)] = Math.floor(chance.next() * 256);
		const read = readClientHello(bytes);
		if (read !== null && read !== 'more') whole++;
	}
	t.true(whole > 1000, 'most changes are of random bytes');
});
