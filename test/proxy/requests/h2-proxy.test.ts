import * as http2 from 'node:http2';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../../src/platform/ports.js';
import { type Answer, ask, listening, session } from './h2-stage.js';
import { proxyBefore, until } from './stage.js';

/** Echoes; a gRPC request gets a message and trailers. */
const upstream = async (t: ExecutionContext): Promise<{ port: number; paths: string[] }> => {
	const paths: string[] = [];
	const server = http2.createServer();
	const sessions = new Set<http2.ServerHttp2Session>();
	t.teardown(() => {
		for (const s of sessions) s.destroy();
	});
	server.on('session', (s) => sessions.add(s).size && s.on('error', () => {}));
	server.on('stream', (stream, headers) => {
		paths.push(headers[':path'] ?? '');
		stream.on('error', () => {});
		const grpc = headers['content-type'] === 'application/grpc';
		stream.respond({ ':status': 200, ...(grpc && { 'content-type': 'application/grpc' }) }, { waitForTrailers: grpc });
		stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
		stream.pipe(stream);
	});
	return { port: await listening(t, server), paths };
};

const GRPC = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
const message = Buffer.from([0, 0, 0, 0, 3, 1, 2, 3]);

test('toxics of requests act on single streams of one connection, and say so', async (t) => {
	const { port, paths } = await upstream(t);
	const p = await proxyBefore(t, port);
	p.set('http_status', { status: 503, path: '/no' });
	p.set('grpc_status', { code: 14, grpc_method: 'pkg.Greeter/*' }, { first: 2 });
	p.set('http_truncate', { bytes: 4, path: '/cut' });
	p.set('http_reset', { path: '/reset' });
	p.set('http_delay', { delay: 40, path: '/late' });
	p.set('http_headers', { set: 'x-toxic: yes', on: 'response', path: '/head' });
	const client = session(t, p.port);
	const grpc = (method: string): Promise<Answer> => ask(client, { ...GRPC, ':path': `/pkg.Greeter/${method}` }, { body: message });
	const post = (path: string): Promise<Answer> => ask(client, { ':path': path, ':method': 'POST' }, { body: 'body of it' });
	t.is((await post('/no')).status, 503);
	t.is((await post('/yes')).body, 'body of it');
	t.is((await grpc('A')).headers['grpc-status'], '14');
	t.is((await grpc('B')).headers['grpc-status'], '14');
	const third = await grpc('C');
	t.deepEqual([third.headers['grpc-status'], third.trailers['grpc-status'], third.body], [undefined, '0', message.toString('latin1')]);
	t.is((await post('/cut')).reset, http2.constants.NGHTTP2_INTERNAL_ERROR);
	t.is((await post('/reset')).reset, http2.constants.NGHTTP2_INTERNAL_ERROR);
	const started = performance.now();
	t.is((await post('/late')).status, 200);
	t.true(performance.now() - started >= 40);
	t.is((await post('/head')).headers['x-toxic'], 'yes');
	t.deepEqual(paths, ['/yes', '/pkg.Greeter/C', '/cut', '/late', '/head']);
	t.deepEqual(
		p.hits().map((hit) => hit.split(' ')[1]),
		['/no', '/pkg.Greeter/A', '/pkg.Greeter/B', '/cut', '/reset', '/late', '/head'],
	);
	t.is(p.events.filter((e) => e.kind === 'opaque').length, 0);
});

test('toxics that come and go act on the next streams of a connection with a relay; one from before there were any stays opaque', async (t) => {
	const { port } = await upstream(t);
	const p = await proxyBefore(t, port);
	const before = session(t, p.port);
	t.is((await ask(before, { ':path': '/' })).status, 200);
	const first = p.set('http_status', { status: 500 });
	const client = session(t, p.port);
	t.is((await ask(client, { ':path': '/' })).status, 500);
	p.set('http_status', { status: 502, path: '/b' });
	p.proxy.removeToxic(first);
	t.is((await ask(client, { ':path': '/' })).status, 200);
	t.is((await ask(client, { ':path': '/b' })).status, 502);
	t.is((await ask(before, { ':path': '/b' })).status, 200);
});

test('what is made up passes through the toxics of the stream, in pieces of a few bytes', async (t) => {
	const { port } = await upstream(t);
	const p = await proxyBefore(t, port);
	p.set('http_status', { status: 503, path: '/no', body: 'x'.repeat(3000) });
	p.proxy.addToxic({ name: 's', type: 'slicer', stream: 'downstream', toxicity: 1, attributes: { average_size: 7, size_variation: 5, delay: 0 } });
	p.proxy.addToxic({ name: 'u', type: 'slicer', stream: 'upstream', toxicity: 1, attributes: { average_size: 5, size_variation: 3, delay: 0 } });
	const client = session(t, p.port);
	const all = await Promise.all([...'abcdefgh'].map((c, i) => ask(client, { ':path': i % 2 ? '/no' : '/yes', ':method': 'POST' }, { body: c.repeat(2000) })));
	for (const [i, a] of all.entries()) t.deepEqual([a.status, a.body], i % 2 ? [503, 'x'.repeat(3000)] : [200, 'abcdefgh'.charAt(i).repeat(2000)]);
});

test('large bodies both ways through the proxy, and a client that stops listening for a while', async (t) => {
	const { port } = await upstream(t);
	const p = await proxyBefore(t, port);
	p.set('http_status', { status: 503, path: '/no' });
	const client = session(t, p.port, { settings: { initialWindowSize: 2 ** 22 } });
	const body = Buffer.alloc(8_000_000, 'abcdefg');
	const stream = client.request({ ':path': '/big', ':method': 'POST' });
	stream.end(body);
	stream.once('data', () => {
		stream.pause();
		setTimeout(() => stream.resume(), 50);
	});
	let got = 0;
	let same = true;
	stream.on('data', (piece: Buffer) => {
		same &&= piece.equals(body.subarray(got, got + piece.length));
		got += piece.length;
	});
	const others = await Promise.all(Array.from({ length: 20 }, () => ask(client, { ':path': '/no' })));
	t.true(others.every((a) => a.status === 503));
	await until(() => stream.closed);
	t.deepEqual([got, same], [body.length, true]);
});

test('what is made up needs no upstream; a request that does need it is refused, and the connection ends', async (t) => {
	const p = await proxyBefore(t, await freePort());
	p.set('http_status', { status: 503, path: '/no' });
	for (let n = 0; n < 2; n++) {
		const client = session(t, p.port, { settings: { initialWindowSize: 1000 } });
		const gone = new Promise((resolve) => client.on('goaway', (code) => resolve(code)));
		const closed = new Promise<void>((resolve) => client.on('close', () => resolve()));
		for (const body of ['', 'x'.repeat(100_000)]) {
			const a = await ask(client, { ':path': '/no', ':method': 'POST' }, { body });
			t.deepEqual([a.status, a.reset], [503, 0]);
		}
		await new Promise<void>((resolve, reject) => client.ping((error) => (error ? reject(error) : resolve())));
		client.settings({ initialWindowSize: 2000 });
		t.is((await ask(client, { ':path': '/no' })).status, 503);
		t.is((await ask(client, { ':path': '/yes' })).reset, http2.constants.NGHTTP2_REFUSED_STREAM);
		t.is(await gone, 0);
		await closed;
	}
});
