import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { ask, askAll, canned, clock, listen, OK, raw } from './ask.js';

test('a kept connection, phases, bytes', async (t) => {
	let connections = 0;
	const port = await listen(
		t,
		createHttpServer((_, a) => a.end('ok')).on('connection', () => connections++),
	);
	const [first, second, third] = await askAll(`http://127.0.0.1:${port}/`, { times: 3 });
	t.is(connections, 1);
	t.deepEqual([first?.fresh, second?.fresh, third?.fresh], [true, false, false]);
	t.deepEqual([first?.verdict, first?.status, first?.address], ['ok', 200, '127.0.0.1']);
	t.true((first?.phases.connect as number) > 0 && first?.phases.dns === null && first.phases.tls === null);
	t.deepEqual([second?.phases.connect, second?.phases.dns], [null, null]);
	t.true((second?.phases.firstByte as number) > 0 && (second?.endMs as number) > (second?.sentMs as number));
	t.true((second?.bytes.sent as number) > 50 && (second?.bytes.received as number) > 50);
	await askAll(`http://127.0.0.1:${port}/`, { times: 3, fresh: true });
	t.is(connections, 4);
});

test('what is sent', async (t) => {
	let heard = '';
	const port = await raw(t, (socket) => {
		socket.on('data', (data) => {
			heard += data.toString('latin1');
			if (heard.endsWith('hello') || heard.endsWith('\r\n\r\n')) socket.write(OK);
		});
	});
	await ask(`http://a%20b:c@127.0.0.1:${port}/x?y=1`, {
		headers: { 'X-One': 'é', Host: 'other' },
		method: 'PUT',
		body: 'hello',
		more: { connection: 'close' },
	});
	t.true(heard.startsWith('PUT /x?y=1 HTTP/1.1\r\nhost: other\r\n'), heard);
	t.true(heard.includes('\r\nx-one: é\r\n') && heard.includes('\r\ncontent-length: 5\r\n') && heard.endsWith('\r\nconnection: close\r\n\r\nhello'), heard);
	t.true(heard.includes(`\r\nauthorization: Basic ${Buffer.from('a b:c').toString('base64')}\r\n`));
	heard = '';
	await ask(`http://127.0.0.1:${port}`);
	t.regex(heard, new RegExp(`^GET / HTTP/1\\.1\r\nhost: 127\\.0\\.0\\.1:${port}\r\n`));
	for (const headers of [{ 'a b': 'c' }, { a: 'b\r\nc: d' }, { a: '\u{1f600}' }, { 'Transfer-Encoding': 'chunked' }]) {
		await t.throwsAsync(ask(`http://127.0.0.1:${port}`, { headers: headers as unknown as Record<string, string> }), { code: 'E_FLAG' });
	}
	for (const method of ['GE T', '', 'CONNECT', 'A\r\n']) await t.throwsAsync(ask(`http://127.0.0.1:${port}`, { method }), { code: 'E_FLAG' });
});

test('every failure has its own reason', async (t) => {
	const at = (port: number, path = '/') => `http://127.0.0.1:${port}${path}`;
	const reason = async (port: number, timeoutMs?: number) => {
		const answer = await ask(at(port), timeoutMs ? { timeoutMs } : {});
		t.is(answer.verdict, 'failed');
		t.true(answer.endMs >= answer.sentMs);
		return answer.reason;
	};
	t.is(await reason(await freePort()), 'refused');
	t.is(await reason(await canned(t, 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n')), 'status');
	t.is(await reason(await raw(t, (s) => s.once('data', () => s.resetAndDestroy()))), 'reset');
	t.is(await reason(await raw(t, (s) => s.once('data', () => s.end()))), 'closed');
	t.is(await reason(await raw(t, (s) => s.end())), 'closed');
	t.is(await reason(await canned(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', (s) => s.end())), 'closed');
	t.is(await reason(await canned(t, 'SSH-2.0-OpenSSH\r\n')), 'protocol');
	t.is(await reason(await canned(t, `HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n`)), 'too-large');
	t.is(await reason(await raw(t, () => {}), 60), 'answer-timeout');
	t.is(await reason(await canned(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), 60), 'body-timeout');
	t.is((await ask('http://nowhere.invalid/')).reason, 'resolve-failed');
	t.is((await ask('http+unix:/nowhere/at/all.sock:/')).reason, 'refused');
});

test('a full accept queue is a connect timeout', async (t) => {
	if (process.platform !== 'linux') return t.pass();
	// TEST-NET-1 (RFC 5737) is routed nowhere, or refused by the network: both are the connection's failure, none is silence.
	const { reason } = await ask('http://192.0.2.1:81/', { timeoutMs: 150 });
	t.true(['connect-timeout', 'unreachable', 'local', 'refused'].includes(reason as string), reason);
});

test('a kept connection that was closed meanwhile costs no failure, but only where asking twice does no harm', async (t) => {
	let requests = 0;
	const sockets: Socket[] = [];
	const port = await raw(t, (socket) => {
		sockets.push(socket);
		socket.on('data', () => {
			requests++;
			// The second request on each connection meets a server that has just decided to close it.
			if (socket.bytesRead > 150) socket.destroy();
			else socket.write(OK);
		});
	});
	const answers = await askAll(`http://127.0.0.1:${port}/`, { times: 3 });
	t.deepEqual(
		answers.map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', true],
			['ok', true],
		],
	);
	t.is(requests, 5);
	const [ok, lost] = await askAll(`http://127.0.0.1:${port}/`, { times: 2, method: 'POST', body: 'x'.repeat(10) });
	t.deepEqual([ok?.verdict, lost?.verdict, lost?.fresh], ['ok', 'failed', false]);
	t.true(['closed', 'reset'].includes(lost?.reason as string));
});

test('bytes after an answer, or without a question, end the connection', async (t) => {
	let connections = 0;
	const port = await listen(
		t,
		createServer((socket) => {
			connections++;
			socket.on('data', () => socket.write(`${OK}HTTP/1.1 500 No\r\n\r\n`));
		}),
	);
	const answers = await askAll(`http://127.0.0.1:${port}/`, { times: 3 });
	t.deepEqual(
		answers.map((a) => a.status),
		[200, 200, 200],
	);
	t.is(connections, 3);
});

test('connection: close, and bodies until the end', async (t) => {
	const port = await canned(t, 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end', (socket) => socket.end());
	const answers = await askAll(`http://127.0.0.1:${port}/`, { times: 2, keepBody: true });
	for (const answer of answers) {
		t.deepEqual([answer.verdict, answer.fresh, Buffer.from(answer.body as Uint8Array).toString()], ['ok', true, 'until the end']);
	}
	t.is(answers[0]?.headers?.connection, 'close');
});

test('a socket file', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-unix-'));
	t.teardown(() => rmSync(dir, { recursive: true }));
	const path = join(dir, 'a.sock');
	const server = createHttpServer((q, a) => a.end(q.url));
	await new Promise<void>((resolve) => server.listen(path, resolve));
	t.teardown(() => server.close());
	const answer = await ask(`http+unix:${path}:/health`, { keepBody: true });
	t.deepEqual([answer.verdict, answer.address, Buffer.from(answer.body as Uint8Array).toString()], ['ok', path, '/health']);
	server.closeAllConnections();
});

test('localhost says which family answered', async (t) => {
	const four = await listen(
		t,
		createHttpServer((_, a) => a.end()),
	);
	const answer = await ask(`http://localhost:${four}/`);
	t.deepEqual([answer.verdict, answer.address], ['ok', '127.0.0.1']);
	t.true((answer.phases.dns as number) >= 0);
	try {
		const six = await listen(
			t,
			createHttpServer((_, a) => a.end()),
			'::1',
		);
		t.is((await ask(`http://[::1]:${six}/`)).address, '::1');
	} catch (error) {
		t.log(`no IPv6 here: ${(error as Error).message}`);
	}
});

test('closed while a question is out: no report, ever', async (t) => {
	const { loadProbe, openProber } = await import('../../src/probes/index.js');
	const { parseTarget } = await import('../../src/model/target.js');
	const port = await canned(t, OK);
	const target = parseTarget(`http://127.0.0.1:${port}/`);
	let reports = 0;
	const prober = openProber(await loadProbe('http'), target, { clock, keepBody: false, maxBody: 100 }, () => reports++);
	prober.ask(false);
	prober.close();
	prober.abandon();
	await ask(target.name);
	t.is(reports, 0);
});
