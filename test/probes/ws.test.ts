import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import type { Answer } from '../../src/probes/probe.js';
import { selfSigned } from '../../src/proxy/tls-certificate.js';
import { WS_GUID } from '../../src/wire/ws.js';
import { ask, askAll, listen, raw } from './ask.js';

/** As much of the package `ws` as is used; it has no types of its own. */
interface Peer {
	on(event: 'message', heard: (data: Buffer, binary: boolean) => void): Peer;
	on(event: 'close', heard: (code: number) => void): Peer;
	on(event: 'ping', heard: (data: Buffer) => void): Peer;
	send(data: string | Buffer, options?: { binary?: boolean; fin?: boolean }): void;
	ping(): void;
	close(code?: number, reason?: string): void;
	terminate(): void;
}
interface Upgrader {
	handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, then: (peer: Peer) => void): void;
}
const { WebSocketServer } = createRequire(import.meta.url)('ws') as {
	WebSocketServer: new (options: { noServer: true; autoPong?: boolean; handleProtocols?: () => string }) => Upgrader;
};

const serve = async (
	t: ExecutionContext,
	onPeer: (peer: Peer, request: IncomingMessage) => void,
	options: object = {},
	tls?: { cert: string; key: string },
): Promise<number> => {
	const upgrader = new WebSocketServer({ noServer: true, ...options });
	const http = tls ? createHttpsServer(tls) : createHttpServer();
	http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
		upgrader.handleUpgrade(request, socket, head, (peer) => onPeer(peer, request)),
	);
	return listen(t, http);
};
const brief = ({ verdict, reason, status, detail }: Answer) => [verdict, reason, status, detail];
const url = (port: number, rest = '/') => `ws://127.0.0.1:${port}${rest}`;

test('a pong is awaited, on a kept connection; fresh ones are closed in order', async (t) => {
	const closed: number[] = [];
	let pings = 0;
	let peers = 0;
	const port = await serve(t, (peer, request) => {
		peers++;
		t.is(request.url, '/chat?x=1');
		t.is(request.headers['x-one'], 'two');
		peer.on('ping', () => pings++).on('close', (code) => closed.push(code));
	});
	const answers = await askAll(url(port, '/chat?x=1'), { times: 3, headers: { 'X-One': 'two' } });
	t.deepEqual(
		answers.map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', false],
			['ok', false],
		],
	);
	t.deepEqual([pings, peers], [3, 1]);
	t.true((answers[0]?.phases.connect as number) > 0 && answers[1]?.phases.connect === null && (answers[1]?.bytes.received as number) === 10);
	await askAll(url(port, '/chat?x=1'), { times: 2, fresh: true, headers: { 'X-One': 'two' } });
	for (let n = 0; n < 500 && closed.length < 3; n++) await new Promise((resolve) => setTimeout(resolve, 10));
	t.deepEqual(closed, [1000, 1000, 1000]);
});

test('messages: sent, expected, in fragments, between pings of the server', async (t) => {
	const port = await serve(t, (peer) => {
		peer.send('welcome');
		peer.on('message', (data, binary) => {
			peer.ping();
			if (binary) peer.send(data, { binary: true });
			else {
				peer.send('you said ', { fin: false });
				peer.ping();
				peer.send(data.toString(), { fin: true });
			}
		});
	});
	const said = async (more: Record<string, string>) => {
		const found = await ask(url(port), { more, keepBody: true, timeoutMs: more.expect === 'never' ? 100 : 10_000 });
		return [found.verdict, found.reason, Buffer.from(found.body ?? []).toString()];
	};
	t.deepEqual(await said({ expect: 'welcome' }), ['ok', undefined, 'welcome']);
	t.deepEqual(await said({ send: 'hi ü', expect: '/said hi ü$/' }), ['ok', undefined, 'you said hi ü']);
	t.deepEqual(await said({ send: 'hex:00ff', expect: 'hex:00ff' }), ['ok', undefined, Buffer.from([0, 255]).toString()]);
	t.deepEqual(await said({ send: 'hi', expect: 'never' }), ['failed', 'body-timeout', '']);
	t.is((await ask(url(port), { more: { send: 'x' } })).verdict, 'ok');
	t.is((await ask(url(port), { more: { ping: '0' } })).verdict, 'ok');
	t.deepEqual(
		(await askAll(url(port), { more: { closing: '1' }, times: 3 })).map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', true],
			['ok', true],
		],
	);
	t.deepEqual(
		(await askAll(url(port), { more: { ping: '0' }, times: 2 })).map((a) => a.fresh),
		[true, true],
	);
});

test('subprotocols, wss, and what cannot be asked', async (t) => {
	const tls = selfSigned();
	const port = await serve(t, () => {}, { handleProtocols: () => 'b' }, tls);
	const secure = `wss://localhost:${port}/`;
	t.is((await ask(secure, { tls: { ca: tls.cert }, more: { protocol: 'a, b' } })).verdict, 'ok');
	t.is((await ask(secure, { tls: { ca: tls.cert }, more: { protocol: 'a' } })).reason, 'protocol');
	t.is((await ask(secure)).reason, 'tls-untrusted');
	await t.throwsAsync(ask(url(1), { more: { protocol: 'a b' } }), { code: 'E_FLAG' });
	await t.throwsAsync(ask(url(1), { headers: { Upgrade: 'x' } }), { code: 'E_FLAG' });
	await t.throwsAsync(ask(url(1), { headers: { 'Sec-WebSocket-Key': 'x' } }), { code: 'E_FLAG' });
});

test('a server that ends it', async (t) => {
	const port = await serve(t, (peer) => peer.close(1011, 'out of order\n'));
	t.deepEqual(brief(await ask(url(port), { more: { expect: 'x' } })), ['failed', 'closed', undefined, 'closed by the server: 1011 out of order']);
	const gone = await serve(t, (peer) => peer.on('ping', () => peer.terminate()), { autoPong: false });
	t.true(['closed', 'reset'].includes((await ask(url(gone))).reason as string));
	// A kept connection that had ended meanwhile is no failure of the endpoint.
	let peers = 0;
	const once = await serve(t, (peer) => {
		peers++;
		let pings = 0;
		peer.on('ping', () => {
			if (++pings > 1) peer.terminate();
		});
	});
	const [first, second] = await askAll(url(once), { times: 2 });
	t.deepEqual([first?.verdict, second?.verdict], ['ok', 'ok']);
	t.true(peers <= 2);
});

/** Upgrades by hand, and then does as it likes. */
const byHand =
	(then: (socket: Socket) => void, head = '') =>
	(socket: Socket) => {
		socket
			.on('error', () => {})
			.once('data', (data: Buffer) => {
				const key = /sec-websocket-key: (.*)\r\n/.exec(data.toString())?.[1] ?? '';
				const accept = createHash('sha1')
					.update(key + WS_GUID)
					.digest('base64');
				socket.write(head || `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
				then(socket);
			});
	};
const flood = (start: number[], more: number[]) => (socket: Socket) => {
	socket.write(Buffer.from(start));
	const lot = Buffer.concat(Array.from({ length: Math.ceil(65_536 / more.length) }, () => Buffer.from(more)));
	const go = (): void => {
		while (!socket.destroyed && socket.write(lot));
	};
	socket.on('drain', go);
	go();
};

test('every failure has its own reason', async (t) => {
	const reason = async (serving: (socket: Socket) => void, timeoutMs = 10_000) => {
		const answers = await askAll(url(await raw(t, serving)), { timeoutMs, times: 2, maxBody: 10_000 });
		for (const each of answers) {
			t.is(each.verdict, 'failed');
			t.true((each.detail ?? '').length <= 200 && !/[\r\n\0]/.test(each.detail ?? ''), each.detail);
		}
		t.is(answers[0]?.reason, answers[1]?.reason);
		return answers[0]?.reason;
	};
	const nothing = (): void => {};
	const says = (...bytes: number[]) => byHand((s) => s.write(Buffer.from(bytes)));
	t.is((await ask(url(await freePort()))).reason, 'refused');
	t.deepEqual(
		brief(
			await ask(
				url(
					await listen(
						t,
						createHttpServer((_, a) => a.writeHead(426).end()),
					),
				),
			),
		),
		['failed', 'status', 426, 'HTTP 426, and no WebSocket'],
	);
	t.is(await reason(byHand(nothing, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')), 'status');
	t.is(await reason(byHand(nothing, 'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n')), 'protocol');
	t.is(await reason(byHand(nothing, 'SSH-2.0-OpenSSH\r\n')), 'protocol');
	t.is(await reason(byHand(flood([], [0x41]), 'HTTP/1.1 101 X\r\nA: ')), 'too-large');
	t.is(await reason(byHand(nothing, 'HTTP/1.1 101'), 60), 'body-timeout');
	t.is(await reason(nothing, 60), 'answer-timeout');
	t.is(await reason(byHand(nothing), 60), 'body-timeout');
	t.is(await reason((s) => s.end()), 'closed');
	t.is(await reason((s) => s.once('data', () => s.resetAndDestroy())), 'reset');
	t.is(await reason(byHand((s) => s.end())), 'closed');
	t.is(await reason(says(0x83, 0)), 'protocol');
	t.is(await reason(says(0x81, 0x81, 0, 0, 0, 0, 0x41)), 'protocol');
	t.is(await reason(says(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0)), 'too-large');
	t.is(await reason(byHand(flood([0x02, 1, 0], [0x00, 1, 0]))), 'too-large');
	t.is(await reason(byHand(flood([0x02, 1, 0], [0x00, 0]))), 'too-large');
	t.is(await reason(byHand(flood([], [0x81, 1, 0x41]))), 'too-large');
	t.is(await reason(byHand(flood([], [0x89, 1, 0x41]))), 'too-large');
	t.is(await reason(byHand(flood([], [0x8a, 1, 0x41]))), 'too-large');
	t.is(await reason(byHand(flood([], [0xff]))), 'protocol');
	t.is(await reason(byHand((s) => flood([], [0x89, 1, 0x41])(s.pause()))), 'too-large');
});

test('cut at any byte, and in single bytes', async (t) => {
	const random = Buffer.from('8103414243880203e8', 'hex');
	for (let n = 0; n <= random.length; n++) {
		const port = await raw(
			t,
			byHand((s) => s.end(random.subarray(0, n))),
		);
		const found = await ask(url(port), { more: { expect: 'never' } });
		t.deepEqual([found.verdict, found.reason], ['failed', 'closed'], `${n}`);
	}
	const port = await raw(
		t,
		byHand(async (s) => {
			s.setNoDelay();
			for (const byte of random) {
				s.write(Buffer.from([byte]));
				await new Promise((resolve) => setImmediate(resolve));
			}
		}),
	);
	t.is((await ask(url(port), { more: { expect: 'ABC' } })).verdict, 'ok');
});
