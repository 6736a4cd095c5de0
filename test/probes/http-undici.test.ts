import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { ask, askAll, listen, raw } from './ask.js';

const text = (answer: { body?: Uint8Array }): string => Buffer.from(answer.body ?? []).toString();

test('redirects, as many as allowed', async (t) => {
	const port = await listen(
		t,
		createServer((q, a) => {
			const n = Number(q.url?.slice(1));
			if (n > 0) a.writeHead(302, { location: `/${n - 1}` });
			a.end(n > 0 ? '' : 'there');
		}),
	);
	const there = await ask(`http://127.0.0.1:${port}/3`, { keepBody: true, more: { follow: '3' } });
	t.deepEqual([there.status, text(there)], [200, 'there']);
	t.is((await ask(`http://127.0.0.1:${port}/3`, { more: { follow: '2' } })).status, 302);
	t.is((await ask(`http://127.0.0.1:${port}/3`)).status, 302);
	await t.throwsAsync(ask(`http://127.0.0.1:${port}/`, { more: { follow: '2', http: '2' } }), { code: 'E_FLAG' });
	await t.throwsAsync(ask(`http://127.0.0.1:${port}/`, { more: { follow: '99' } }), { code: 'E_FLAG' });
	await t.throwsAsync(ask(`http://127.0.0.1:${port}/`, { more: { proxy: 'nowhere' } }), { code: 'E_FLAG' });
});

test('compression, and what unpacks to too much', async (t) => {
	const port = await listen(
		t,
		createServer((q, a) => {
			a.setHeader('content-encoding', 'gzip');
			a.end(q.headers['accept-encoding'] ? (q.url === '/bomb' ? gzipSync(Buffer.alloc(5_000_000)) : gzipSync('plain')) : 'not asked for');
		}),
	);
	t.is(text(await ask(`http://127.0.0.1:${port}/`, { keepBody: true, more: { compressed: '1' } })), 'plain');
	t.is(text(await ask(`http://127.0.0.1:${port}/`, { keepBody: true })), 'not asked for');
	t.is((await ask(`http://127.0.0.1:${port}/bomb`, { more: { compressed: '1' } })).reason, 'too-large');
});

test('through a proxy', async (t) => {
	const origin = await listen(
		t,
		createServer((_, a) => a.end('origin')),
	);
	let through = 0;
	const proxy = createServer((q, a) => {
		through++;
		request(q.url as string, (answer) => answer.pipe(a)).end();
	}).on('connect', (q, socket) => {
		through++;
		const [host, port] = (q.url as string).split(':');
		const up = connect(Number(port), host, () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			up.pipe(socket).pipe(up);
		});
		up.on('error', () => {});
		socket.on('error', () => {});
	});
	const port = await listen(t, proxy);
	const answer = await ask(`http://127.0.0.1:${origin}/`, { keepBody: true, more: { proxy: `http://127.0.0.1:${port}` } });
	t.deepEqual([answer.verdict, text(answer)], ['ok', 'origin'], JSON.stringify(answer));
	t.true(through > 0);
});

test('kept and fresh, and its failures in the same words', async (t) => {
	let connections = 0;
	const port = await listen(
		t,
		createServer((_, a) => a.end('ok')).on('connection', () => connections++),
	);
	const more = { client: 'undici' };
	const answers = await askAll(`http://127.0.0.1:${port}/`, { more, times: 3 });
	t.deepEqual(
		answers.map((a) => a.fresh),
		[true, false, false],
	);
	t.is(connections, 1);
	await askAll(`http://127.0.0.1:${port}/`, { more, times: 2, fresh: true });
	t.is(connections, 3);
	t.is((await ask(`http://127.0.0.1:${await freePort()}/`, { more })).reason, 'refused');
	t.is((await ask('http://nowhere.invalid/', { more })).reason, 'resolve-failed');
	t.is((await ask(`http://127.0.0.1:${await raw(t, (s) => s.once('data', () => s.resetAndDestroy()))}/`, { more })).reason, 'reset');
	t.is((await ask(`http://127.0.0.1:${await raw(t, (s) => s.once('data', () => s.end()))}/`, { more })).reason, 'closed');
	t.is((await ask(`http://127.0.0.1:${await raw(t, (s) => s.once('data', () => s.write('nonsense\r\n\r\n')))}/`, { more })).reason, 'protocol');
	t.is((await ask(`http://127.0.0.1:${await raw(t, () => {})}/`, { more, timeoutMs: 100 })).reason, 'answer-timeout');
});
