import { Agent, createServer, get as httpGet, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../../src/platform/ports.js';
import { httpServer, RawClient, rawServer, soon } from '../stage.js';
import { proxyBefore, until } from './stage.js';

/** Answers each request with what it saw; counts. */
const mirror = async (t: ExecutionContext): Promise<{ port: number; seen: string[]; sockets: Set<Socket> }> => {
	const seen: string[] = [];
	const sockets = new Set<Socket>();
	const port = await httpServer(t, (req, res) => {
		sockets.add(req.socket);
		const chunks: Buffer[] = [];
		req.on('data', (chunk) => chunks.push(chunk));
		req.on('end', () => {
			seen.push(`${req.method} ${req.url}`);
			res.setHeader('X-Mixed-Case', 'Kept');
			res.end(`${req.method} ${req.url} ${Buffer.concat(chunks)}`);
		});
	});
	return { port, seen, sockets };
};

const GET = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: t\r\n${more}\r\n`;
const POST = (path: string, body: string, more = ''): string => `POST ${path} HTTP/1.1\r\nHost: t\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

interface Reply {
	status: number;
	headers: IncomingMessage['headers'];
	rawHeaders: string[];
	body: string;
	/** The code of the error that ended it, or ''. */
	error: string;
}
const ask = (url: string, options: { agent?: Agent; method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Reply> =>
	new Promise((resolve) => {
		const reply: Reply = { status: 0, headers: {}, rawHeaders: [], body: '', error: '' };
		const failed = (error: NodeJS.ErrnoException): void => {
			reply.error = error.code ?? error.message;
			resolve(reply);
		};
		const { body, ...rest } = options;
		const asked = request(url, rest, (res) => {
			reply.status = res.statusCode ?? 0;
			reply.headers = res.headers;
			reply.rawHeaders = res.rawHeaders;
			res.on('data', (chunk) => {
				reply.body += chunk;
			});
			res.on('error', failed);
			res.on('end', () => resolve(reply));
		});
		asked.on('error', failed);
		asked.end(body);
	});

test('http_status answers in the place of the upstream, on a connection that lives on; the others pass', async (t) => {
	const { port, seen } = await mirror(t);
	const { url, set, hits } = await proxyBefore(t, port);
	set('http_status', { status: 429, headers: 'Retry-After: 3\nX-A: b', body: 'slow down', path: '/busy*' });
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	t.teardown(() => agent.destroy());
	const first = await ask(`${url}/busy/1?x=1`, { agent });
	t.is(first.status, 429);
	t.is(first.body, 'slow down');
	t.is(first.headers['retry-after'], '3');
	t.is(first.headers['x-daruma-injected'], 'http_status');
	t.is((await ask(`${url}/free`, { agent })).body, 'GET /free ');
	t.is((await ask(`${url}/busy/2`, { agent, method: 'POST', body: 'x'.repeat(100_000) })).status, 429);
	t.is((await ask(`${url}/free`, { agent, method: 'POST', body: 'hello' })).body, 'POST /free hello');
	const head = await ask(`${url}/busy`, { agent, method: 'HEAD' });
	t.deepEqual([head.status, head.headers['content-length'], head.body], [429, '9', '']);
	t.deepEqual(seen, ['GET /free', 'POST /free']);
	t.deepEqual(hits(), ['GET /busy/1?x=1 status 429', 'POST /busy/2 status 429', 'HEAD /busy status 429']);
	t.is(Object.values(agent.freeSockets).flat().length, 1, 'one connection has served them all');
});

test('what is made up needs no upstream; what is not, and finds none, is closed', async (t) => {
	const upstream = await freePort();
	const { client, set, events, proxies, proxy } = await proxyBefore(t, upstream);
	set('http_status', { path: '/up' });
	const c = client().write(GET('/up'));
	await c.receives('503 injected by daruma');
	c.write(GET('/down'));
	t.is(await c.closed, 'EOF');
	t.is(events.filter(({ kind }) => kind === 'unreachable').length, 1);
	// An upstream that comes back is found by the same connection.
	const later = client().write(GET('/up'));
	await later.receives('503 injected');
	const server = createServer((_, res) => res.end('here')).listen(upstream, '127.0.0.1');
	t.teardown(() => server.close().closeAllConnections());
	await until(() => server.listening);
	later.write(GET('/down'));
	await later.receives('here');
	proxy.removeToxic(proxy.toxics()[0]?.name as string);
	set('http_delay', { delay: 1 });
	server.close().closeAllConnections();
	await until(() => !server.listening);
	t.is(await client().closed, 'EOF', 'with toxics that cannot answer, a dead upstream closes at once');
	await proxies.close();
});

test('an upstream that closes while only made-up answers were given is dialled anew', async (t) => {
	let connections = 0;
	const port = await rawServer(t, (socket) => {
		connections++;
		if (connections === 1) setTimeout(() => socket.end(), 20);
		socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
	});
	const { client, set } = await proxyBefore(t, port);
	set('http_status', { path: '/no' });
	const c = client().write(GET('/no'));
	await c.receives('503 injected');
	await until(() => connections === 1);
	await soon(60);
	t.is(c.ending, 'open');
	c.write(GET('/yes'));
	await c.receives('\r\n\r\nok');
	t.is(connections, 2);
});

test('pipelined requests: made-up answers keep their place among the real ones', async (t) => {
	const port = await httpServer(t, (req, res) => setTimeout(() => res.end(`<${req.url}>`), req.url === '/1' ? 30 : 0));
	const { client, set } = await proxyBefore(t, port);
	set('http_status', { status: 500, body: '<made up>', path: '/made*' });
	const c = client().write(GET('/1') + GET('/made2') + POST('/made3', 'body') + GET('/4') + GET('/made5', 'Connection: close\r\n'));
	t.is(await c.closed, 'EOF');
	t.deepEqual(c.text.match(/<[^>]*>/g), ['</1>', '<made up>', '<made up>', '</4>', '<made up>']);
	t.regex(c.text, /connection: keep-alive[\s\S]*connection: close\r\n\r\n<made up>$/);
});

test('http_delay: the request comes later, those behind it too, and nothing is lost', async (t) => {
	const { port, seen } = await mirror(t);
	const { client, set, hits } = await proxyBefore(t, port);
	set('http_delay', { delay: 80, path: '/late' });
	const began = performance.now();
	const c = client().write(POST('/late', 'x'.repeat(300_000)) + GET('/next'));
	await soon(30);
	t.deepEqual(seen, []);
	await c.receives('GET /next ');
	t.true(performance.now() - began >= 79);
	t.deepEqual(seen, ['POST /late', 'GET /next']);
	t.true(c.text.includes(`POST /late ${'x'.repeat(300_000)}`));
	t.deepEqual(hits(), ['POST /late delay 80 ms']);
});

test('http_delay: whoever leaves meanwhile takes the request along, and leaks nothing', async (t) => {
	const { port, seen } = await mirror(t);
	const { client, set, proxy } = await proxyBefore(t, port);
	set('http_delay', { delay: 60_000 });
	const c = client().write(POST('/late', 'abc'));
	await until(() => proxy.injected()[0]?.requests === 1);
	c.socket.destroy();
	await until(() => proxy.counters().open === 0);
	t.deepEqual(seen, []);
});

test('http_truncate: so many bytes of the body, however framed, then a reset; shorter ones are whole', async (t) => {
	const bodies: Record<string, string> = {
		'/length': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789',
		'/chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n012\r\n7;a=b\r\n3456789\r\n0\r\n\r\n',
		'/close': 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789',
		'/none': 'HTTP/1.1 204 No\r\n\r\n',
	};
	const port = await rawServer(t, (socket) => {
		socket.on('error', () => {});
		socket.on('data', (data) => {
			const path = data.toString().split(' ')[1] as string;
			// Byte by byte, in one write each.
			for (const byte of Buffer.from(bodies[path] as string)) socket.write(Buffer.of(byte));
			if (path === '/close') socket.end();
		});
	});
	for (const bytes of [0, 1, 3, 9, 10, 11]) {
		const { client, set } = await proxyBefore(t, port);
		set('http_truncate', { bytes });
		for (const path of Object.keys(bodies)) {
			const c = client().write(GET(path));
			const whole = path === '/none' || bytes >= 10;
			if (whole) {
				await c.receives(path === '/none' ? '204 No\r\n\r\n' : /\r\n\r\n[\s\S]*9/);
				if (path === '/chunked') await c.receives('\r\n0\r\n\r\n');
				if (path === '/close' && bytes > 10) t.is(await c.closed, 'EOF');
				else if (path !== '/close') t.is(c.ending, 'open', `${path} ${bytes}`);
				if (path !== '/close') t.is(c.text, bodies[path] as string);
			} else {
				t.is(await c.closed, 'ECONNRESET', `${path} ${bytes}`);
				const data = c.text.slice(c.text.indexOf('\r\n\r\n') + 4).replace(/^[37](;a=b)?\r\n|\r\n7;a=b\r\n/g, '');
				t.is(data, '0123456789'.slice(0, bytes), `${path} ${bytes}`);
			}
			c.socket.destroy();
		}
		// What is made up is cut as well.
		set('http_status', { body: '0123456789', path: '/made' });
		const c = client().write(GET('/made'));
		if (bytes < 10) {
			t.is(await c.closed, 'ECONNRESET');
			t.true(c.text.endsWith(`\r\n\r\n${'0123456789'.slice(0, bytes)}`));
		} else await c.receives('0123456789');
	}
});

test('http_headers changes the lines that it names, and no other byte', async (t) => {
	let got = '';
	const port = await rawServer(t, (socket) => {
		socket.on('data', (data) => {
			got += data.toString('latin1');
			if (got.endsWith('body'))
				socket.write(
					'HTTP/1.1 103 Early\r\nX-Old: 1\r\n\r\nHTTP/1.1 200  ok \r\nx-old:   1\r\nX-New: 0\r\nContent-Length: 2\r\nX-A: \x80\xe9\r\n\r\nok',
					'latin1',
				);
		});
	});
	const { client, set } = await proxyBefore(t, port);
	set('http_headers', { set: 'X-Added: 1\nhost: elsewhere', remove: 'x-secret, cookie' });
	set('http_headers', { set: 'x-new: 1', remove: 'X-Old', on: 'response' });
	const c = client();
	for (const byte of Buffer.from(
		'POST /\xe9 HTTP/1.1\r\nHOST:   t\r\nX-Secret: s\r\naCCept:\t*/*  \r\nCookie: a\r\ncookie: b\r\nContent-Length: 4\r\n\r\nbody',
		'latin1',
	))
		c.write(Buffer.of(byte));
	await c.receives('\r\n\r\nok');
	t.is(got, 'POST /\xe9 HTTP/1.1\r\nhost: elsewhere\r\naCCept:\t*/*  \r\nContent-Length: 4\r\nX-Added: 1\r\n\r\nbody');
	t.is(c.text, 'HTTP/1.1 103 Early\r\nX-Old: 1\r\n\r\nHTTP/1.1 200  ok \r\nx-new: 1\r\nContent-Length: 2\r\nX-A: \x80\xe9\r\n\r\nok');
});

test('http_reset: read, and the upstream has seen nothing; passed, and it has seen all', async (t) => {
	const { port, seen } = await mirror(t);
	const { client, set } = await proxyBefore(t, port);
	set('http_reset', { path: '/read' });
	set('http_reset', { path: '/passed', when: 'passed' });
	const first = client().write(POST('/read', 'x'.repeat(200_000)));
	t.is(await first.closed, 'ECONNRESET');
	t.is(first.text, '');
	t.deepEqual(seen, []);
	const second = client().write(POST('/passed', 'x'.repeat(200_000)));
	t.is(await second.closed, 'ECONNRESET');
	t.is(second.text, '');
	await until(() => seen.length === 1);
	t.deepEqual(seen, ['POST /passed']);
	const third = client().write(GET('/before') + GET('/read'));
	t.is(await third.closed, 'ECONNRESET', 'behind the answers that were due');
	t.true(third.text.includes('GET /before '));
});

test('http_hang: executed and never answered, until the client gives up', async (t) => {
	const { port, seen } = await mirror(t);
	const { client, set, proxy } = await proxyBefore(t, port);
	set('http_hang', { method: 'POST' });
	const c = client().write(GET('/a') + POST('/b', 'x') + GET('/c'));
	await until(() => seen.length === 2);
	await c.receives('GET /a ');
	await soon(50);
	t.deepEqual(seen, ['GET /a', 'POST /b']);
	t.false(c.text.includes('/b'));
	t.is(c.ending, 'open');
	c.socket.destroy();
	await until(() => proxy.counters().open === 0);
});

test('a request that waits for 100 Continue is told to go on when it is answered here, and only once when it is passed on', async (t) => {
	const { port, seen } = await mirror(t);
	const { client, set } = await proxyBefore(t, port);
	set('http_status', { path: '/no' });
	set('http_hang', { rpc_method: 'sleep' });
	const expect = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`;
	const c = client().write(expect('/no'));
	await c.receives('HTTP/1.1 100 Continue\r\n\r\n');
	t.notRegex(c.text, /503/);
	c.write('body');
	await c.receives('503 injected');
	// Here a toxic asks for the body, so the 100 comes from the proxy; the upstream's own must not follow.
	const d = client().write(expect('/yes'));
	await d.receives('HTTP/1.1 100 Continue\r\n\r\n');
	d.write('body');
	await d.receives('POST /yes body');
	t.is(d.text.split('100 Continue').length, 2);
	t.deepEqual(seen, ['POST /yes']);
});

test('JSON-RPC methods, also in batches and chunks', async (t) => {
	const { port, seen } = await mirror(t);
	const { client, set, hits } = await proxyBefore(t, port);
	set('http_status', { status: 500, body: '<no>', rpc_method: 'eth_send*' });
	const call = (method: string): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method });
	const chunked = (body: string): string =>
		`POST /rpc HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n${[...body].map((c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`;
	const c = client();
	c.write(POST('/a', call('eth_sendTransaction')));
	c.write(POST('/b', call('eth_call')));
	c.write(POST('/c', `[${call('eth_call')},${call('eth_sendRaw')}]`));
	c.write(chunked(call('eth_sendRaw')));
	c.write(POST('/d', '{"method":"eth_send"}'));
	c.write(POST('/e', `${call('eth_send').slice(0, -1)},"x":"${'y'.repeat(70_000)}"}`));
	c.write(GET('/f'));
	await c.receives('GET /f ');
	t.deepEqual(seen, ['POST /b', 'POST /d', 'POST /e', 'GET /f']);
	t.deepEqual(hits(), ['POST /a status 500', 'POST /c status 500', 'POST /rpc status 500']);
	t.true(c.text.includes(`${'y'.repeat(70_000)}"}`));
});

test('upgrades and CONNECT: behind the answer, bytes are bytes', async (t) => {
	const port = await rawServer(t, (socket) => {
		let open = false;
		socket.on('data', (data) => {
			if (open) socket.write(data);
			else {
				open = true;
				socket.write(data.toString().startsWith('CONNECT') ? 'HTTP/1.1 200 Go\r\n\r\n' : 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n');
			}
		});
	});
	const { client, set, events } = await proxyBefore(t, port);
	set('http_status', { path: '/no' });
	for (const start of ['GET /up HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n']) {
		const c = client().write(start);
		await c.receives('\r\n\r\n');
		c.write(GET('/no'));
		await c.receives(GET('/no'));
		c.write('\0\x01garbage');
		await c.receives('garbage');
	}
	t.deepEqual(
		events.flatMap((e) => (e.kind === 'opaque' ? [e.why] : [])),
		['upgrade', 'connect'],
	);
});

test('what is not HTTP passes as it is, also from an upstream that speaks first', async (t) => {
	const port = await rawServer(t, (socket) => {
		socket.write('220 hello\r\n');
		socket.on('data', (data) => socket.write(data));
	});
	const { client, set, events } = await proxyBefore(t, port);
	set('http_status');
	const c = client();
	await c.receives('220 hello\r\n');
	c.write('EHLO x\r\n');
	await c.receives('EHLO x\r\n');
	t.is(events.filter(({ kind }) => kind === 'opaque').length, 1);
	const tls = client().write(Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'));
	await tls.receives('\xfc\x03\x03');
});

test('an answer before the body was read: it passes, and so does the rest of the body', async (t) => {
	let got = 0;
	const port = await rawServer(t, (socket) => {
		socket.on('data', (data) => {
			if (got === 0) socket.write('HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n');
			got += data.length;
		});
	});
	const { client, set } = await proxyBefore(t, port);
	set('http_status', { path: '/other' });
	const c = client().write('POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n');
	await c.receives('413 No');
	c.write('x'.repeat(100_000));
	await until(() => got >= 100_000);
	c.write(GET('/other'));
	await c.receives('503 injected');
	t.regex(c.text, /^HTTP\/1\.1 413 No\r\nContent-Length: 0\r\n\r\nHTTP\/1\.1 503 /);
});

test('connections of a pool that were open before meet the toxic at their next request', async (t) => {
	const { port, seen, sockets } = await mirror(t);
	const { url, set, proxy } = await proxyBefore(t, port);
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	t.teardown(() => agent.destroy());
	t.is((await ask(`${url}/1`, { agent })).status, 200);
	const name = set('http_status', { path: '/2' });
	t.is((await ask(`${url}/2`, { agent })).status, 503);
	t.is((await ask(`${url}/3`, { agent, method: 'POST', body: 'abc' })).body, 'POST /3 abc');
	t.is((await ask(`${url}/2`, { agent })).status, 503);
	proxy.removeToxic(name);
	t.is((await ask(`${url}/2`, { agent })).status, 200);
	t.deepEqual(seen, ['GET /1', 'POST /3', 'GET /2']);
	t.is(sockets.size, 1, 'all on one connection');
	t.is(proxy.counters().connections, 1);
});

test('a request in flight keeps its plan when the toxic goes', async (t) => {
	const { port } = await mirror(t);
	const { client, set, proxy } = await proxyBefore(t, port);
	const name = set('http_status');
	const c = client().write('POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbo');
	await until(() => proxy.injected()[0]?.requests === 1);
	proxy.removeToxic(name);
	c.write(`dy${GET('/b')}`);
	await c.receives('GET /b ');
	t.regex(c.text, /^HTTP\/1\.1 503 /);
});

test('what is made up still passes through the toxics of the stream', async (t) => {
	const { port } = await mirror(t);
	const { client, set } = await proxyBefore(t, port);
	set('http_status');
	set('latency', { latency: 60 });
	const began = performance.now();
	const c = client().write(GET('/'));
	await c.receives('503 injected');
	t.true(performance.now() - began >= 59);
});

test('whoever sends requests and reads no answers is stopped, and gets them all when he goes on', async (t) => {
	const { port } = await mirror(t);
	const { set, port: at } = await proxyBefore(t, port);
	set('http_status', { body: 'x'.repeat(2000) });
	const c = new RawClient(t, at);
	c.socket.pause();
	const total = 10_000;
	const one = GET('/', `X-Pad: ${'p'.repeat(2000)}\r\n`);
	for (let i = 0; i < total; i += 100) c.write(one.repeat(100));
	let before = -1;
	while (c.socket.writableLength !== before || before === -1) {
		before = c.socket.writableLength;
		await soon(150);
	}
	t.true(before > 0, 'the client was never stopped');
	let received = 0;
	c.socket.removeAllListeners('data').on('data', (chunk) => {
		received += chunk.toString('latin1').split('HTTP/1.1 503').length - 1;
	});
	c.socket.resume();
	const long = performance.now() + 20_000;
	while (received < total - 5 && performance.now() < long) await soon(5);
	// A status line may have been cut in two.
	t.true(received >= total - 300, `${received}`);
});

test('large bodies both ways, with back-pressure, through a relay', async (t) => {
	const port = await rawServer(t, (socket) => {
		socket.on('data', (data) => {
			if (!socket.write(data)) {
				socket.pause();
				socket.once('drain', () => socket.resume());
			}
		});
	});
	const { client, set, proxy } = await proxyBefore(t, port);
	set('http_status', { path: '/other' });
	const size = 8_000_000;
	const c = client();
	c.write(`POST / HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`);
	const piece = Buffer.alloc(100_000, 'abcdefghij');
	for (let sent = 0; sent < size; sent += piece.length) c.write(piece);
	const expected = size + 44;
	const long = performance.now() + 20_000;
	while (c.chunks.reduce((sum, { length }) => sum + length, 0) < expected - 10 && performance.now() < long) await soon(5);
	t.is(proxy.counters().sent.downstream, proxy.counters().sent.upstream);
	t.true(c.bytes.subarray(-size).equals(Buffer.alloc(size, 'abcdefghij')));
});

test('requests of node:http without an agent of its own', async (t) => {
	const { port } = await mirror(t);
	const { url, set } = await proxyBefore(t, port);
	set('http_status', { method: 'POST,PUT', status: 204 });
	const statuses = await Promise.all(['GET', 'POST', 'PUT', 'DELETE'].map(async (method) => (await ask(`${url}/`, { method })).status));
	t.deepEqual(statuses, [200, 204, 204, 200]);
	await new Promise<void>((resolve) => httpGet(url, (res) => res.resume().on('end', resolve)));
});

test('a large answer under way when the first toxic comes: all of it, then the toxic', async (t) => {
	const size = 30_000_000;
	const port = await httpServer(t, (_, res) => res.end(Buffer.alloc(size, 'abcdefghij')));
	const { client, set, proxy } = await proxyBefore(t, port);
	const c = client().write(GET('/large'));
	await c.receives('200 OK');
	c.socket.pause();
	let before = -1;
	while (proxy.counters().sent.downstream !== before) {
		before = proxy.counters().sent.downstream;
		await soon(100);
	}
	t.true(before < size, 'it stands still');
	set('http_status');
	c.socket.resume();
	const received = (): number => c.chunks.reduce((sum, { length }) => sum + length, 0);
	await until(() => received() > size);
	c.write(GET('/next'));
	await c.receives('503 injected by daruma');
	const body = c.bytes.subarray(c.bytes.indexOf('\r\n\r\n') + 4);
	t.true(body.subarray(0, size).equals(Buffer.alloc(size, 'abcdefghij')));
	t.is(body.subarray(size, size + 12).toString(), 'HTTP/1.1 503');
});

test('half-closes are kept through a relay, and a made-up answer still comes behind one', async (t) => {
	let got = '';
	const port = await rawServer(t, (socket) => {
		socket.on('data', (data) => {
			got += data;
		});
		socket.on('end', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nlate'));
	});
	const { client, set, proxy } = await proxyBefore(t, port);
	proxy.setOptions({ halfClose: true });
	set('http_status', { path: '/no' });
	set('http_delay', { path: '/late', delay: 30 });
	for (const path of ['/yes', '/late']) {
		const c = client();
		c.socket.end(GET(path));
		t.is(await c.closed, 'EOF');
		t.true(c.text.endsWith('late'), path);
	}
	t.is(got, GET('/yes') + GET('/late'));
	const partial = client();
	partial.socket.end('GET /part');
	t.is(await partial.closed, 'EOF');
	t.true(got.endsWith('GET /part'));
	const c = client();
	c.socket.end(GET('/no', 'Connection: close\r\n'));
	t.is(await c.closed, 'EOF');
	t.true(c.text.endsWith('503 injected by daruma\n'));
	await until(() => proxy.counters().open === 0);
});

test('an upstream that resets is passed on as what it is, as without a relay', async (t) => {
	const port = await rawServer(t, (socket) => socket.on('data', () => socket.resetAndDestroy()));
	const { client, set, proxy } = await proxyBefore(t, port);
	set('http_status', { path: '/no' });
	t.is(await client().write(GET('/yes')).closed, 'EOF');
	proxy.setOptions({ keepReset: true });
	t.is(await client().write(GET('/yes')).closed, 'ECONNRESET');
	const c = client().write(GET('/no'));
	await c.receives('503 injected');
	c.write(GET('/yes'));
	t.is(await c.closed, 'ECONNRESET');
	await until(() => proxy.counters().open === 0);
});

test('a proxy that is deleted takes its delayed, hanging and half-read requests along', async (t) => {
	const { port } = await mirror(t);
	const { client, set, proxies, proxy } = await proxyBefore(t, port);
	set('http_delay', { path: '/late', delay: 60_000 });
	set('http_hang', { path: '/hang' });
	const all = [GET('/late'), GET('/hang'), 'GET /part', POST('/late', 'x'.repeat(200_000)), ''].map((text) => client().write(text));
	await until(() => proxy.counters().open === 5 && proxy.injected().reduce((sum, { requests }) => sum + requests, 0) === 3);
	await proxies.delete('p');
	for (const c of all) t.true(['EOF', 'ECONNRESET'].includes(await c.closed));
	t.is(proxy.counters().open, 0);
});

test('whoever speaks and leaves before the upstream is there is still heard', async (t) => {
	const got: string[] = [];
	const port = await rawServer(t, (socket) => {
		socket.on('data', (data) => got.push(data.toString()));
		socket.on('end', () => socket.end());
	});
	const { client, set, proxy } = await proxyBefore(t, port);
	set('http_status', { path: '/no' });
	for (let i = 0; i < 10; i++) client().socket.end(`line ${i}\n`);
	await until(() => got.length === 10);
	t.deepEqual(
		got.sort(),
		Array.from({ length: 10 }, (_, i) => `line ${i}\n`),
	);
	await until(() => proxy.counters().open === 0);
});
