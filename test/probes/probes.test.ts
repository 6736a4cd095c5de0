import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DarumaError } from '../../src/model/errors.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';
import { askHttp } from '../../src/probes/ask-http.js';
import { askTcp } from '../../src/probes/ask-tcp.js';
import { waitReady } from '../../src/probes/ready.js';

const at = async (t: ExecutionContext, server: Server): Promise<{ name: string; host: string; port: number }> => {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return { name: 'n1', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
};
const raw = (t: ExecutionContext, answer: (socket: import('node:net').Socket) => void) =>
	at(
		t,
		createServer((socket) => {
			t.teardown(() => socket.destroy());
			socket.on('error', () => {});
			socket.once('data', () => answer(socket));
		}),
	);
const clock = new MonotonicClock(monotonicNs());

test('HTTP: good below 400, with the headers that were asked for', async (t) => {
	const endpoint = await at(
		t,
		createHttpServer((q, a) => {
			a.statusCode = Number(q.url?.slice(1));
			a.end(q.headers['x-a']);
		}),
	);
	for (const [status, ok] of [
		[200, true],
		[302, true],
		[404, false],
		[503, false],
	] as const) {
		const answer = await askHttp(endpoint, `/${status}`, { timeoutMs: 5000, headers: { 'x-a': 'b' } });
		t.deepEqual([answer.ok, answer.status, answer.reason], [ok, status, undefined]);
		t.true(answer.ms > 0);
	}
});

test('HTTP: what went wrong has its own word', async (t) => {
	const ask = (endpoint: { host: string; port: number }, timeoutMs = 5000) => askHttp(endpoint, '/', { timeoutMs });
	t.is((await ask({ host: '127.0.0.1', port: await freePort() })).reason, 'ECONNREFUSED');
	t.is((await ask(await raw(t, (socket) => socket.resetAndDestroy()))).reason, 'ECONNRESET');
	const cut = await ask(await raw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')));
	t.deepEqual([cut.ok, cut.status, cut.reason], [false, 200, 'cut']);
	const silent = await ask(await raw(t, () => {}), 60);
	t.deepEqual([silent.ok, silent.reason], [false, 'timeout']);
	t.true(silent.ms >= 59);
	const trickle = await ask(await raw(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')), 60);
	t.deepEqual([trickle.ok, trickle.status, trickle.reason], [false, 200, 'timeout']);
});

test('TCP: accepted or refused', async (t) => {
	t.true((await askTcp(await raw(t, () => {}), { timeoutMs: 5000 })).ok);
	t.is((await askTcp({ host: '127.0.0.1', port: await freePort() }, { timeoutMs: 5000 })).reason, 'ECONNREFUSED');
});

test('ready: by HTTP once it stops failing', async (t) => {
	let asked = 0;
	const endpoint = await at(
		t,
		createHttpServer((_, a) => {
			a.statusCode = ++asked < 4 ? 503 : 200;
			a.end();
		}),
	);
	await waitReady({ check: { kind: 'http', path: '/' }, withinMs: 10_000 }, endpoint, '/nowhere.log', clock);
	t.is(asked, 4);
});

test('ready: by a line that came into the log after this start', async (t) => {
	const log = join(tmpdir(), `daruma-ready-${process.pid}-${Date.now()}.log`);
	const before = 'old: ready on 1\n';
	writeFileSync(log, before);
	const endpoint = { name: 'n1', host: '127.0.0.1', port: 1 };
	const spec = { check: { kind: 'log' as const, pattern: '^new: ready' }, withinMs: 10_000 };
	setTimeout(() => writeFileSync(log, 'new: ready on 2\n', { flag: 'a' }), 50);
	await waitReady(spec, endpoint, log, clock, undefined, before.length);
	const old = { check: { kind: 'log' as const, pattern: '^old' }, withinMs: 60 };
	const error = (await t.throwsAsync(waitReady(old, endpoint, log, clock, undefined, before.length))) as DarumaError;
	t.is(error.code, 'E_NOT_READY');
	t.is(error.exit, 4);
	t.regex(error.message, /n1 \(127.0.0.1:1\).*60 ms.*no such line yet.*\n.*new: ready on 2/);
});

test('ready: an abort ends the wait with its reason', async (t) => {
	const abort = new AbortController();
	const endpoint = { name: 'n1', host: '127.0.0.1', port: await freePort() };
	setTimeout(() => abort.abort(new Error('it died')), 30);
	await t.throwsAsync(waitReady({ check: { kind: 'tcp' }, withinMs: 60_000 }, endpoint, '/nowhere.log', clock, abort.signal), { message: 'it died' });
});
