import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test from 'ava';
import { adopt } from '../../src/proxy/sockets.js';
import { RawClient, soon } from './stage.js';

for (const [how, prepare] of [
	['with its own read buffer', () => {}],
	[
		'as a plain stream, where the system offers no read buffer',
		(socket: Socket) => Object.assign((socket as unknown as { _handle: object })._handle, { useUserBuffer: undefined }),
	],
] as const) {
	test(`an accepted socket ${how}: paused until resumed, stops when the reader says so, and loses nothing`, async (t) => {
		const hash = createHash('sha256');
		let received = 0;
		let stops = 0;
		let adopted: Socket | undefined;
		const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
			prepare(accepted);
			const socket: Socket = adopt(accepted, (view) => {
				hash.update(view);
				received += view.length;
				if (stops >= 5) return true;
				stops++;
				setTimeout(() => socket.resume(), 5);
				return false;
			});
			socket.on('end', () => socket.end('done'));
			adopted = socket;
		});
		t.teardown(() => {
			adopted?.destroy();
			server.close();
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const bytes = randomBytes(2_000_000);
		const client = new RawClient(t, (server.address() as AddressInfo).port);
		client.socket.end(bytes);
		while (!adopted) await soon();
		await soon(20);
		t.is(received, 0);
		adopted.resume();
		t.is(await client.closed, 'EOF');
		t.is(client.text, 'done');
		t.is(received, bytes.length);
		t.is(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
		t.is(stops, 5);
	});
}
