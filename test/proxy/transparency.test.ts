import { createHash, randomBytes } from 'node:crypto';
import test from 'ava';
import { get, post, RawClient, rawServer, soon, tapBefore } from './stage.js';

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('random bytes both ways, with half-close: each side gets exactly what the other sent', async (t) => {
	for (let round = 0; round < 20; round++) {
		const up = randomBytes(Math.floor(Math.random() * 300_000));
		const down = randomBytes(Math.floor(Math.random() * 300_000));
		let got = Buffer.alloc(0);
		const port = await rawServer(t, (socket) => {
			socket.on('data', (chunk) => {
				got = Buffer.concat([got, chunk]);
			});
			// Only after the client's EOF: whoever closes both directions at once loses the answer.
			socket.on('end', () => socket.end(down));
		});
		const { port: at } = await tapBefore(t, port);
		const client = new RawClient(t, at);
		client.socket.end(up);
		t.is(await client.closed, 'EOF');
		t.is(sha(got), sha(up), `up, round ${round}`);
		t.is(sha(client.bytes), sha(down), `down, round ${round}`);
	}
});

test('HTTP with pipelining, chunks and a large body passes unchanged in whatever cuts it comes', async (t) => {
	const body = randomBytes(3_000_000).toString('latin1');
	const stream = Buffer.from(
		`${get('r1')}${post('r2', body)}POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n${get('r3')}`,
		'latin1',
	);
	const answers = Buffer.from(
		`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\nHTTP/1.0 200 OK\r\n\r\n${body}`,
		'latin1',
	);
	let got = Buffer.alloc(0);
	const port = await rawServer(t, (socket) => {
		socket.on('data', (chunk) => {
			got = Buffer.concat([got, chunk]);
		});
		socket.on('end', () => socket.end(answers));
	});
	const { port: at, until } = await tapBefore(t, port);
	const client = new RawClient(t, at);
	for (let from = 0; from < stream.length; ) {
		const size = 1 + Math.floor(Math.random() * (from < 500 ? 20 : 200_000));
		client.write(stream.subarray(from, from + size));
		from += size;
		if (from < 500) await soon(1);
	}
	client.socket.end();
	t.is(await client.closed, 'EOF');
	t.is(sha(got), sha(stream));
	t.is(sha(client.bytes), sha(answers));
	const receipts = await until((events) => {
		const found = events.flatMap((e) => (e.kind === 'receipt' ? [`${e.method} ${e.id}`] : []));
		return events.filter((e) => e.kind === 'response').length === 4 ? found : undefined;
	});
	t.deepEqual(receipts, ['GET r1', 'POST r2', 'POST null', 'GET r3']);
});

test('a reader that stops stops the writer; when it goes on, nothing is missing', async (t) => {
	const piece = randomBytes(1_000_000);
	const total = 60;
	let written = 0;
	const port = await rawServer(t, (socket) => {
		const more = (): void => {
			while (written < total) {
				written++;
				if (!socket.write(piece)) {
					socket.once('drain', more);
					return;
				}
			}
			socket.end();
		};
		more();
	});
	const { port: at } = await tapBefore(t, port);
	const client = new RawClient(t, at);
	client.socket.removeAllListeners('data').pause();
	let before = -1;
	while (written !== before) {
		before = written;
		await soon(200);
	}
	t.true(written < total, `the writer was never stopped: ${written} MB`);
	const hash = createHash('sha256');
	let received = 0;
	client.socket.on('data', (chunk) => {
		hash.update(chunk);
		received += chunk.length;
	});
	client.socket.resume();
	t.is(await client.closed, 'EOF');
	t.is(received, total * piece.length);
	const expected = createHash('sha256');
	for (let i = 0; i < total; i++) expected.update(piece);
	t.is(hash.digest('hex'), expected.digest('hex'));
});

test('a reset is passed on as a reset, in either direction; an EOF as an EOF', async (t) => {
	const ends: string[] = [];
	const port = await rawServer(t, (socket) => {
		socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
		socket.on('end', () => ends.push('EOF'));
		socket.on('data', (chunk) => {
			if (chunk.toString() === 'reset me') socket.resetAndDestroy();
			else if (chunk.toString() === 'end') socket.end('bye');
			else if (!socket.writableEnded) socket.write(chunk);
		});
	});
	const { port: at } = await tapBefore(t, port);
	const first = new RawClient(t, at).write('reset me');
	t.is(await first.closed, 'ECONNRESET');
	const second = new RawClient(t, at).write('hello');
	await second.receives('hello');
	second.socket.resetAndDestroy();
	while (ends.length === 0) await soon();
	t.deepEqual(ends, ['ECONNRESET']);
	const third = new RawClient(t, at).write('end');
	t.is(await third.closed, 'EOF');
	t.is(third.text, 'bye');
	// The other direction is still open.
	third.write('more');
	third.socket.end();
	while (ends.length === 1) await soon();
	t.deepEqual(ends, ['ECONNRESET', 'EOF']);
});

test('what is no HTTP is opaque: passed on, said once, and no receipt is made up', async (t) => {
	const port = await rawServer(t, (socket) => socket.pipe(socket));
	const { port: at, until } = await tapBefore(t, port);
	const hello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';
	const client = new RawClient(t, at).write(Buffer.from(hello, 'latin1'));
	await client.receives(hello);
	const said = await until((events) => (events.length > 0 ? events : undefined));
	t.deepEqual(
		said.map((e) => (e.kind === 'opaque' ? e.why : e.kind)),
		['not HTTP/1'],
	);
});
