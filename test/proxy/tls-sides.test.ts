import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer, connect as h2connect } from 'node:http2';
import { createServer as createHttpsServer, get, request } from 'node:https';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { rng } from '../../src/model/rng.js';
import { RawClient, rawServer, soon } from './stage.js';
import { expired, good, openssl, program, proxied, stranger, tlsServer } from './tls-stage.js';

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const echo = (socket: TLSSocket | import('node:net').Socket): void => {
	socket.on('data', (chunk) => {
		if (!socket.write(chunk)) socket.pause();
	});
	socket.on('drain', () => socket.resume());
	socket.on('end', () => socket.end());
};

/** A client; what it has read, and how it ended. */
const client = (t: ExecutionContext, port: number, options: ConnectionOptions = {}) => {
	const socket = connect({ port, host: '127.0.0.1', ca: good.cert, servername: 'localhost', allowHalfOpen: true, ...options } as ConnectionOptions);
	const chunks: Buffer[] = [];
	let ending = '';
	socket.on('data', (chunk) => chunks.push(chunk));
	socket.on('end', () => {
		ending ||= 'close_notify';
		socket.end();
	});
	socket.on('error', (error: NodeJS.ErrnoException) => {
		ending ||= error.code ?? error.message;
	});
	t.teardown(() => socket.destroy());
	const closed = once(socket, 'close').then(
		() => ending,
		() => ending,
	);
	return {
		socket,
		closed,
		bytes: () => Buffer.concat(chunks),
		receives: async (text: string): Promise<void> => {
			while (!Buffer.concat(chunks).includes(text)) {
				if (ending) throw new Error(`${ending} before ${text}`);
				await soon(2);
			}
		},
	};
};
const file = (t: ExecutionContext, text: string): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-tls-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const path = join(dir, 'file.pem');
	writeFileSync(path, text, { mode: 0o600 });
	return path;
};
const bothSides = { tls: good, upstreamTls: { ca: good.cert, servername: 'localhost' } };

for (const [how, prepare, options] of [
	['termination', (t: ExecutionContext) => rawServer(t, echo), { tls: good }],
	['both sides', (t: ExecutionContext) => tlsServer(t, {}, echo), bothSides],
] as const) {
	test(`${how}: megabytes both ways, then the close, and nothing is lost`, async (t) => {
		const { proxy, port } = await proxied(t, await prepare(t), { ...options, halfClose: true });
		const bytes = randomBytes(3_000_000);
		const c = client(t, port);
		c.socket.end(bytes);
		t.is(await c.closed, 'close_notify');
		t.is(sha(c.bytes()), sha(bytes));
		while (proxy.counters().open > 0) await soon();
		t.deepEqual(proxy.counters().sent, { upstream: bytes.length, downstream: bytes.length });
	});
}

test('origination: a plain client reaches a TLS upstream; what it says and closes with arrives', async (t) => {
	let ended = '';
	const upstream = await tlsServer(t, {}, (socket) => {
		let said = '';
		socket.on('data', (chunk) => {
			said += chunk;
		});
		socket.on('end', () => {
			ended = said;
			socket.end('good bye');
		});
	});
	const { port, event } = await proxied(t, upstream, { upstreamTls: { ca: good.cert }, halfClose: true });
	const c = new RawClient(t, port);
	c.socket.end('question');
	t.is(await c.closed, 'EOF');
	t.is(c.text, 'good bye');
	t.is(ended, 'question');
	t.like(await event('tls'), { peer: 'upstream', alpn: null, conn: 0 });
});

test('an upstream that speaks first is heard, once the handshake is done', async (t) => {
	const { port } = await proxied(t, await rawServer(t, (socket) => socket.end('220 ready\r\n')), { tls: good });
	const c = client(t, port);
	t.is(await c.closed, 'close_notify');
	t.is(c.bytes().toString(), '220 ready\r\n');
});

test('a last word before the close is heard: megabytes, then FIN, with a slow reader', async (t) => {
	const bytes = randomBytes(2_000_000);
	const { port } = await proxied(t, await rawServer(t, (socket) => socket.end(bytes)), { tls: good });
	const c = client(t, port);
	c.socket.pause();
	await soon(50);
	c.socket.resume();
	t.is(await c.closed, 'close_notify');
	t.is(sha(c.bytes()), sha(bytes));
});

test('resets are RSTs of the raw sockets: made by a toxic, and passed on if asked for', async (t) => {
	const seen: string[] = [];
	const upstream = await tlsServer(t, {}, (socket) => {
		socket.resume();
		socket.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''));
		socket.on('end', () => seen.push('FIN'));
		socket.write('hi');
	});
	const { proxy, port } = await proxied(t, upstream, { ...bothSides, keepReset: true });
	proxy.addToxic({ name: 'r', type: 'reset_peer', stream: 'upstream', toxicity: 1, attributes: {} });
	const c = client(t, port);
	await c.receives('hi');
	c.socket.write('x');
	t.is(await c.closed, 'ECONNRESET');
	while (seen.length < 1) await soon();
	proxy.removeToxic('r');
	const raw = connectTcp({ port, host: '127.0.0.1' });
	await once(raw, 'connect');
	const inside = connect({ socket: raw, ca: good.cert, servername: 'localhost' });
	inside.on('error', () => {});
	await once(inside, 'data');
	raw.resetAndDestroy();
	while (seen.length < 2) await soon();
	t.deepEqual(seen, ['ECONNRESET', 'ECONNRESET']);
	while (proxy.counters().open > 0) await soon();
});

test('toxics work on the bytes inside', async (t) => {
	const { proxy, port, event } = await proxied(t, await rawServer(t, echo), { tls: good });
	proxy.addToxic({ name: 'limit', type: 'limit_data', stream: 'downstream', toxicity: 1, attributes: { bytes: 5 } });
	const c = client(t, port);
	c.socket.write('1234567');
	t.is(await c.closed, 'close_notify');
	t.is(c.bytes().toString(), '12345');
	proxy.removeToxic('limit');
	proxy.addToxic({ name: 'slow', type: 'latency', stream: 'downstream', toxicity: 1, attributes: { latency: 60 } });
	const d = client(t, port);
	await once(d.socket, 'secureConnect');
	const start = performance.now();
	d.socket.write('x');
	await d.receives('x');
	t.true(performance.now() - start >= 60);
	t.is((await event('closed')).received.downstream, 7);
});

test('what the upstream chooses by ALPN is what the client gets', async (t) => {
	const servers = {
		h2: await tlsServer(t, { ALPNProtocols: ['h2'] }, echo),
		http: await tlsServer(t, { ALPNProtocols: ['http/1.1'] }, echo),
		any: await tlsServer(t, { ALPNProtocols: ['h2', 'http/1.1'] }, echo),
		none: await tlsServer(t, {}, echo),
	};
	const agreed = async (upstream: keyof typeof servers, offers: string[], options = {}): Promise<string | false | null> => {
		const { port } = await proxied(t, servers[upstream], { ...bothSides, ...options });
		const c = client(t, port, offers.length > 0 ? { ALPNProtocols: offers } : {});
		c.socket.write('x');
		await Promise.race([c.receives('x'), c.closed]);
		return c.socket.alpnProtocol;
	};
	t.is(await agreed('h2', ['h2', 'http/1.1']), 'h2');
	t.is(await agreed('http', ['h2', 'http/1.1']), 'http/1.1');
	t.is(await agreed('any', ['http/1.1']), 'http/1.1');
	t.is(await agreed('any', []), false);
	t.is(await agreed('none', ['h2', 'http/1.1']), false);
	t.is(await agreed('any', ['h2', 'http/1.1'], { alpn: ['http/1.1'] }), 'http/1.1');
	const { port, events } = await proxied(t, servers.h2, bothSides);
	const c = client(t, port, { ALPNProtocols: ['http/1.1'] });
	await c.closed;
	t.like(
		events.find(({ kind }) => kind === 'tls-failed'),
		{ peer: 'upstream' },
	);
	// With TLS on one side only, the user says what the other side speaks.
	const plain = await proxied(t, await rawServer(t, echo), { tls: good, alpn: ['h2'] });
	const d = client(t, plain.port, { ALPNProtocols: ['h2', 'http/1.1'] });
	d.socket.write('x');
	await d.receives('x');
	t.is(d.socket.alpnProtocol, 'h2');
	const origin = await proxied(t, servers.any, { upstreamTls: { insecure: true }, alpn: ['http/1.1'] });
	await new RawClient(t, origin.port).write('x').receives('x');
	t.is((await origin.event('tls')).alpn, 'http/1.1');
});

test('https and HTTP/2 through both sides, as their own clients speak them', async (t) => {
	const server = createSecureServer({ ...good, allowHTTP1: true }, (asked, answer) => answer.end(`${asked.httpVersion} ${asked.url}`)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const { port } = await proxied(t, (server.address() as AddressInfo).port, bothSides);
	const session = h2connect(`https://localhost:${port}`, { ca: good.cert });
	const stream = session.request({ ':path': '/two' });
	t.is(String(Buffer.concat(await stream.toArray())), '2.0 /two');
	session.destroy();
	const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
		get({ host: 'localhost', port, path: '/one', ca: good.cert, agent: false }, resolve).on('error', reject),
	);
	t.is(String(Buffer.concat(await response.toArray())), '1.1 /one');
	const curl = await program(t, 'curl', ['-sS', '--http2', '--cacert', file(t, good.cert), `https://localhost:${port}/curl`]);
	if (curl !== null) t.is(curl, '2 /curl'.replace('2 ', '2.0 '));
});

test("mTLS: without a certificate, or with a stranger's, nothing gets through, and an event says why", async (t) => {
	let reached = '';
	const upstream = await rawServer(t, (socket) => {
		socket.on('data', (chunk) => {
			reached += chunk;
			socket.write(chunk);
		});
		socket.write('banner');
	});
	const { port, events } = await proxied(t, upstream, { tls: { ...good, clientCa: good.cert } });
	const none = client(t, port);
	none.socket.write('secret');
	t.regex(await none.closed, /CERTIFICATE_REQUIRED|HANDSHAKE|ECONNRESET/);
	const foreign = client(t, port, stranger);
	foreign.socket.write('secret');
	await foreign.closed;
	t.is(none.bytes().length + foreign.bytes().length, 0);
	t.is(reached, '');
	const failed = (): string[] => events.flatMap((e) => (e.kind === 'tls-failed' ? [e.error] : []));
	while (failed().length < 2) await soon();
	const failures = failed();
	t.regex(failures[0] as string, /did not return a certificate/);
	t.regex(failures[1] as string, /refused \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
	const known = client(t, port, good);
	known.socket.write('x');
	await known.receives('x');
	t.is(reached, 'x');
});

test('mTLS to the upstream: the certificate that was set is shown', async (t) => {
	const port = await tlsServer(t, { ca: good.cert, requestCert: true, rejectUnauthorized: true }, (socket) => socket.end('welcome'));
	const known = await proxied(t, port, { upstreamTls: { ca: good.cert, cert: file(t, good.cert), key: file(t, good.key) } });
	const c = new RawClient(t, known.port);
	await c.closed;
	t.is(c.text, 'welcome');
	const unknown = await proxied(t, port, { upstreamTls: { ca: good.cert } });
	const d = new RawClient(t, unknown.port);
	await d.closed;
	t.is(d.text, '');
});

test('an upstream whose certificate is not good is refused, by name of the reason; unless told to take it', async (t) => {
	const refused = async (server: object, upstreamTls: object): Promise<string> => {
		const { port, event, proxy } = await proxied(t, await tlsServer(t, server, echo), { upstreamTls });
		t.is(await new RawClient(t, port).closed, 'EOF');
		t.regex((await event('unreachable')).error, /^(CERT|ERR_TLS|DEPTH|UNABLE)/);
		while (proxy.counters().open > 0) await soon();
		return (await event('tls-failed')).error;
	};
	t.regex(await refused(expired, { ca: expired.cert }), /certificate has expired \(CERT_HAS_EXPIRED\)/);
	t.regex(
		await refused({}, { ca: good.cert, servername: 'redis.internal' }),
		/redis\.internal\. is not in the cert's altnames.*\(ERR_TLS_CERT_ALTNAME_INVALID\)/,
	);
	t.regex(await refused({}, {}), /\(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
	t.regex(await refused({}, { ca: stranger.cert }), /\(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
	const { port } = await proxied(t, await tlsServer(t, expired, echo), { upstreamTls: { insecure: true } });
	await new RawClient(t, port).write('x').receives('x');
	// What an event says a client need not see, but nobody speaks TLS there:
	const plain = await proxied(t, await rawServer(t, (socket) => socket.end('SSH-2.0\r\n')), { upstreamTls: { insecure: true } });
	t.is(await new RawClient(t, plain.port).closed, 'EOF');
	t.is((await plain.event('tls-failed')).peer, 'upstream');
});

test('a handshake that stalls is given up after its time, and makes nobody wait', async (t) => {
	const silent = await rawServer(t, (socket) => socket.resume());
	const upstream = await proxied(t, silent, { upstreamTls: { insecure: true }, handshakeTimeout: 60 });
	t.is(await new RawClient(t, upstream.port).closed, 'EOF');
	t.regex((await upstream.event('tls-failed')).error, /no TLS handshake within 60 ms/);
	for (const [options, server, what] of [
		[{ tls: good }, await rawServer(t, echo), /no TLS handshake within 300 ms/],
		[bothSides, await tlsServer(t, {}, echo), /no ClientHello within 300 ms/],
	] as const) {
		const { proxy, port, event } = await proxied(t, server, { ...options, handshakeTimeout: 300 });
		const stalled = Array.from({ length: 20 }, () => new RawClient(t, port));
		const half = new RawClient(t, port).write(Buffer.from('1603010200010001fc0303', 'hex'));
		while (proxy.counters().connections < 21) await soon();
		// Theirs ends soon; the one that comes now has all the time that a busy machine needs.
		proxy.setOptions({ handshakeTimeout: 10_000 });
		const c = client(t, port);
		c.socket.write('x');
		await c.receives('x');
		for (const s of [...stalled, half]) t.is(await s.closed, 'EOF');
		t.regex((await event('tls-failed')).error, what);
		while (proxy.counters().open > 1) await soon();
	}
});

test('hostile bytes instead of a handshake end that connection alone', async (t) => {
	const { proxy, port, events } = await proxied(t, await tlsServer(t, {}, echo), { ...bothSides, handshakeTimeout: 500 });
	const tries = [
		'GET / HTTP/1.1\r\n\r\n',
		Buffer.alloc(70_000, 0x16),
		Buffer.from('16030100020100', 'hex'),
		Buffer.from('1603010005010000010a', 'hex'),
		randomBytes(5000),
	];
	for (const bytes of tries) await new RawClient(t, port).write(bytes).closed;
	const leaver = new RawClient(t, port);
	leaver.socket.end();
	await leaver.closed;
	while (proxy.counters().open > 0) await soon();
	t.is(events.filter(({ kind }) => kind === 'tls-failed').length, tries.length + 1);
	const c = client(t, port);
	c.socket.write('x');
	await c.receives('x');
});

test('openssl s_client trusts a self-signed certificate by itself, and speaks TLS 1.2 and 1.3', async (t) => {
	const { proxy, port } = await proxied(t, await rawServer(t, (socket) => socket.on('data', (chunk) => socket.end(`heard ${chunk}`))), {
		tls: { selfSigned: true },
	});
	const cert = file(t, proxy.options.tls?.cert ?? '');
	for (const version of ['-tls1_2', '-tls1_3']) {
		const said = await openssl(
			t,
			[
				's_client',
				'-connect',
				`127.0.0.1:${port}`,
				version,
				'-servername',
				'localhost',
				'-verify_return_error',
				'-verify_hostname',
				'localhost',
				'-CAfile',
				cert,
				'-quiet',
			],
			'hello\n',
		);
		if (said === null) return;
		t.regex(said, /heard hello/);
	}
});

test('a self-signed proxy before plain HTTP: https clients that trust it, and none that does not', async (t) => {
	const server = createHttpServer((_, answer) => answer.end('plain inside')).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const { proxy, port } = await proxied(t, (server.address() as AddressInfo).port, { tls: { selfSigned: true } });
	const ask = (ca?: string): Promise<string> =>
		new Promise((resolve, reject) => {
			request({ host: '127.0.0.1', port, agent: false, ...(ca !== undefined && { ca }) }, async (response) =>
				resolve(String(Buffer.concat(await response.toArray()))),
			)
				.on('error', reject)
				.end();
		});
	t.is(await ask(proxy.options.tls?.cert), 'plain inside');
	await t.throwsAsync(ask(), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

test('over unix sockets, too, and to an https server of Node', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-tls-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const server = createHttpsServer(good, (_, answer) => answer.end('deep inside')).listen(join(dir, 'up.sock'));
	await once(server, 'listening');
	t.teardown(() => server.close());
	const { port } = await proxied(t, `unix:${dir}/up.sock`, { ...bothSides, upstreamTls: { ca: good.cert } });
	const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
		get({ host: 'localhost', port, ca: good.cert, agent: false }, resolve).on('error', reject),
	);
	t.is(String(Buffer.concat(await response.toArray())), 'deep inside');
});

test('switched on and off: connections that are open stay as they are', async (t) => {
	const { proxy, port } = await proxied(t, await rawServer(t, echo), {});
	const plain = new RawClient(t, port).write('a');
	await plain.receives('a');
	proxy.setOptions({ tls: good });
	const secure = client(t, port);
	secure.socket.write('b');
	await secure.receives('b');
	proxy.setOptions({ tls: null });
	plain.write('c');
	await plain.receives('ac');
	secure.socket.write('d');
	await secure.receives('bd');
	await new RawClient(t, port).write('e').receives('e');
	t.throws(() => proxy.setOptions({ tls: { cert: good.cert, key: stranger.key } }), { code: 'E_TLS' } as never);
	t.is(proxy.options.tls, null);
	await proxy.update({ enabled: false });
	t.is(await secure.closed, 'close_notify');
});

test('random changes of toxics under live TLS traffic lose and reorder no byte, and leave nothing open', async (t) => {
	const { proxy, port } = await proxied(t, await tlsServer(t, {}, echo), bothSides);
	const chance = rng(5);
	const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
	const clients = Array.from({ length: 5 }, () => client(t, port));
	const sent = clients.map(() => createHash('sha256'));
	const counts = clients.map(() => 0);
	const pour = setInterval(() => {
		for (const [i, { socket }] of clients.entries()) {
			if (socket.writableLength > 200_000 || counts[i]! > 1_500_000) continue;
			const bytes = randomBytes(1 + Math.floor(chance.next() * 40_000));
			sent[i]!.update(bytes);
			counts[i]! += bytes.length;
			socket.write(bytes);
		}
	}, 2);
	for (let i = 0; i < 400; i++) {
		const toxics = proxy.toxics();
		const what = chance.next();
		const attributes = { latency: Math.floor(chance.next() * 10), jitter: 3, rate: 1000 + Math.floor(chance.next() * 100_000), average_size: 1000, delay: 5 };
		const type = pick(['latency', 'bandwidth', 'slicer', 'slow_close']);
		const schedule = chance.next() < 0.5 ? { start: 2, on: 3, off: 4 } : {};
		if (toxics.length < 4 && what < 0.5)
			proxy.addToxic({ name: `t${i}`, type, stream: pick(['upstream', 'downstream']), toxicity: pick([0.5, 1]), attributes, ...schedule });
		else if (toxics.length > 0 && what < 0.8) proxy.removeToxic(pick(toxics).name);
		else if (toxics.length > 0) proxy.updateToxic(pick(toxics).name, { toxicity: pick([0, 0.5, 1]), attributes });
		if (i % 4 === 0) await soon(2);
	}
	clearInterval(pour);
	for (const { name } of proxy.toxics()) proxy.removeToxic(name);
	for (const [i, c] of clients.entries()) {
		while (c.bytes().length < counts[i]!) await soon(5);
		t.is(sha(c.bytes()), sent[i]!.digest('hex'), `client ${i}`);
		c.socket.end();
		t.is(await c.closed, 'close_notify');
	}
	while (proxy.counters().open > 0) await soon();
	t.true(proxy.counters().sent.downstream > 100_000);
});

for (const [how, options] of [
	['termination', { tls: good }],
	['both sides', bothSides],
] as const) {
	test(`${how}: a client that ends or resets within its handshake is gone at once`, async (t) => {
		let hello: Buffer | null = null;
		const listener = await rawServer(t, (socket) =>
			socket.once('data', (bytes) => {
				hello = bytes;
			}),
		);
		client(t, listener);
		while (hello === null) await soon(2);
		const upstream = how === 'termination' ? await rawServer(t, echo) : await tlsServer(t, {}, echo);
		const { proxy, port, event } = await proxied(t, upstream, { ...options, handshakeTimeout: 3_600_000 });
		const ends = new RawClient(t, port).write(hello);
		ends.socket.end();
		const resets = new RawClient(t, port).write(hello);
		while (resets.bytes.length === 0) await soon(2);
		resets.socket.resetAndDestroy();
		await event('tls-failed');
		while (proxy.counters().open > 0) await soon(2);
		t.is(proxy.counters().connections, 2);
	});
}
