import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ProxyServer, serveProxy } from '../../../src/proxy/api/serve.js';
import { good, stranger } from '../tls-stage.js';
import { ask, type Reply } from './ask.js';

const told = (server: ProxyServer, method: string, path: string, body?: unknown): Promise<Reply> =>
	ask(server.url, { method, path, ...(body !== undefined && { body: JSON.stringify(body) }) });
const served = async (t: ExecutionContext, proxy: object = {}): Promise<{ server: ProxyServer; reply: Reply }> => {
	const server = await serveProxy({ port: 0, seed: 1 });
	t.teardown(server.close);
	const reply = await told(server, 'POST', '/proxies', { name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:1', ...proxy });
	return { server, reply };
};
const files = (t: ExecutionContext): { cert: string; key: string } => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-tls-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const paths = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
	writeFileSync(paths.cert, good.cert);
	writeFileSync(paths.key, good.key);
	return paths;
};

test('keys are never shown back; whoever writes back what is shown keeps them', async (t) => {
	const { server, reply } = await served(t, { tls: good, upstream_tls: { ca: good.cert, ...stranger, servername: 'x.y', insecure: true }, alpn: ['h2'] });
	t.is(reply.status, 201);
	const shown = JSON.parse(reply.body);
	t.deepEqual(shown.tls, { cert: good.cert });
	t.deepEqual(shown.upstream_tls, { ca: good.cert, cert: stranger.cert, servername: 'x.y', insecure: true });
	t.deepEqual(shown.alpn, ['h2']);
	for (const path of ['/proxies', '/proxies/p']) t.notRegex((await told(server, 'GET', path)).body, /PRIVATE KEY/);
	const back = await told(server, 'POST', '/proxies/p', { ...shown, handshake_timeout: 50 });
	t.is(back.status, 200, back.body);
	t.deepEqual(JSON.parse(back.body), { ...shown, handshake_timeout: 50 });
	t.is(server.proxies.get('p')?.options.tls?.key, good.key);
	t.is(server.proxies.get('p')?.options.upstreamTls?.key, stranger.key);
	t.is((await told(server, 'POST', '/proxies/p', { tls: { cert: stranger.cert } })).status, 400, 'another certificate needs its own key');
	const off = JSON.parse((await told(server, 'PATCH', '/proxies/p', { tls: false, upstream_tls: false, alpn: [] })).body);
	t.deepEqual([off.tls, off.upstream_tls, off.alpn], [undefined, undefined, undefined]);
});

test('by path; and in populate', async (t) => {
	const paths = files(t);
	const { server, reply } = await served(t, { tls: paths });
	t.deepEqual(JSON.parse(reply.body).tls, paths);
	const made = await told(server, 'POST', '/populate', [
		{ name: 'q', listen: '127.0.0.1:0', upstream: 'x:1', tls: { ...paths, client_ca: paths.cert }, upstream_tls: true },
	]);
	t.like(JSON.parse(made.body).proxies[0], { tls: { ...paths, client_ca: paths.cert }, upstream_tls: {} });
});

test('self-signed: the certificate is shown, so that clients may trust it, and stays through updates', async (t) => {
	const { server, reply } = await served(t, { tls: 'self-signed' });
	const { tls } = JSON.parse(reply.body);
	t.true(tls.self_signed);
	t.deepEqual(Object.keys(tls), ['cert', 'self_signed']);
	for (const again of ['self-signed', tls, { self_signed: true }])
		t.is(JSON.parse((await told(server, 'PATCH', '/proxies/p', { tls: again })).body).tls.cert, tls.cert);
	const named = JSON.parse((await told(server, 'PATCH', '/proxies/p', { tls: { self_signed: true, names: ['redis.internal'] } })).body).tls;
	t.not(named.cert, tls.cert);
	t.deepEqual(named.names, ['redis.internal']);
	t.is(new X509Certificate(named.cert).checkHost('redis.internal'), 'redis.internal');
});

test('what cannot be used is a 400 that says why, and changes nothing', async (t) => {
	const { server } = await served(t);
	const paths = files(t);
	for (const [body, why] of [
		[{ tls: true }, /tls must be \\"self-signed\\", an object with cert and key, or false/],
		[{ tls: 'yes' }, /tls must be/],
		[{ tls: 7 }, /tls must be/],
		[{ tls: {} }, /cert and key are needed/],
		[{ tls: { cert: good.cert } }, /cert and key are needed/],
		[{ tls: { cert: good.cert, key: stranger.key } }, /tls\.cert and key: key values mismatch/],
		[{ tls: { ...good, clientca: good.cert } }, /there is no clientca, only cert, key, client_ca, self_signed, names/],
		[{ tls: { ...good, cert: 7 } }, /tls\.cert must be a text/],
		[{ tls: { ...good, client_ca: '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n' } }, /tls\.client_ca: no certificate in it/],
		[{ tls: { ...good, cert: '/nowhere/cert.pem' } }, /tls\.cert: cannot read \/nowhere\/cert\.pem: ENOENT/],
		[{ tls: { ...good, cert: '/dev/zero' } }, /no file of PEM/],
		[{ tls: { ...good, cert: '/etc/hostname' } }, /cannot read \/etc\/hostname/],
		[{ tls: { ...paths, cert: paths.key } }, /tls\.cert and key/],
		[{ tls: { self_signed: true, names: ['a b'] } }, /is no name of a host/],
		[{ tls: { self_signed: true, names: 'x' } }, /tls\.names must be a list of texts/],
		[{ tls: { self_signed: true, key: good.key } }, /has a key of its own/],
		[{ upstream_tls: 'yes' }, /upstream_tls must be true, an object, or false/],
		[{ upstream_tls: { insecure: 'no' } }, /upstream_tls\.insecure must be true or false/],
		[{ upstream_tls: { cert: good.cert } }, /cert and key come together/],
		[{ upstream_tls: { ca: '/nowhere' } }, /upstream_tls\.ca: cannot read/],
		[{ alpn: 'h2' }, /alpn must be a list/],
		[{ alpn: [''] }, /alpn must be a list/],
		[{ handshake_timeout: 0 }, /handshake_timeout must be above 0 ms, is 0/],
	] as const) {
		const reply = await told(server, 'POST', '/proxies/p', body);
		t.is(reply.status, 400, JSON.stringify(body));
		t.regex(reply.body, why);
		const created = await told(server, 'POST', '/proxies', { name: 'q', upstream: 'x:1', ...body });
		t.is(created.status, 400, created.body);
	}
	const populated = await told(server, 'POST', '/populate', [
		{ name: 'r', upstream: 'x:1' },
		{ name: 's', upstream: 'x:1', tls: {} },
	]);
	t.regex(populated.body, /at proxy 2/);
	const datagrams = await told(server, 'POST', '/proxies', { name: 'u', listen: 'udp://127.0.0.1:0', upstream: 'udp://127.0.0.1:9', tls: 'self-signed' });
	t.regex(datagrams.body, /"tls and upstream_tls are for connections, not for datagrams","status":400/);
	t.deepEqual(
		server.proxies.list().map(({ name }) => name),
		['p'],
	);
	t.is(server.proxies.get('p')?.options.tls, null);
});
