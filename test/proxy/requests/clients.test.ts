import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Client, Pool } from 'undici';
import { rng } from '../../../src/model/rng.js';
import { RawClient, rawServer, soon } from '../stage.js';
import { proxyBefore, until } from './stage.js';

/** Answers with the path and what was sent, after a moment that differs. */
const server = async (t: ExecutionContext): Promise<{ port: number; seen: string[] }> => {
	const seen: string[] = [];
	const http = createServer((req, res) => {
		const chunks: Buffer[] = [];
		req.on('data', (chunk) => chunks.push(chunk));
		req.on('end', () => {
			seen.push(req.url as string);
			setTimeout(() => res.end(`${req.url}:${Buffer.concat(chunks).length}`), seen.length % 3);
		});
	});
	await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
	t.teardown(() => http.close().closeAllConnections());
	return { port: (http.address() as AddressInfo).port, seen };
};

test('undici with pipelining: every request gets its own answer, made up or not', async (t) => {
	const { port, seen } = await server(t);
	const { url, set, proxy } = await proxyBefore(t, port);
	set('http_status', { path: '/no*', status: 500 });
	set('http_delay', { path: '/late*', delay: 5, jitter: 5 });
	set('http_headers', { on: 'response', set: 'x-changed: 1', path: '/changed*' });
	const client = new Client(url, { pipelining: 10 });
	t.teardown(() => client.destroy());
	const chance = rng(3);
	const paths = Array.from({ length: 400 }, (_, i) => `${['/no', '/late', '/changed', '/yes'][Math.floor(chance.next() * 4)]}/${i}`);
	await Promise.all(
		paths.map(async (path, i) => {
			const post = i % 5 === 0;
			const { statusCode, headers, body } = await client.request({ path, method: post ? 'PUT' : 'GET', ...(post && { body: 'x'.repeat(i * 50) }) });
			const text = await body.text();
			if (path.startsWith('/no')) t.deepEqual([statusCode, text], [500, '500 injected by daruma\n'], path);
			else t.deepEqual([statusCode, text, headers['x-changed']], [200, `${path}:${post ? i * 50 : 0}`, path.startsWith('/changed') ? '1' : undefined], path);
		}),
	);
	t.deepEqual(seen.length, paths.filter((path) => !path.startsWith('/no')).length);
	t.is(proxy.counters().connections, 1);
	t.is(proxy.injected()[0]?.requests, paths.filter((path) => path.startsWith('/no')).length);
});

test('a pool of undici under toxics that come and go: no answer is lost, doubled or swapped', async (t) => {
	const { port } = await server(t);
	const { url, set, proxy } = await proxyBefore(t, port);
	const pool = new Pool(url, { connections: 4 });
	t.teardown(() => pool.destroy());
	let made = 0;
	let ready = false;
	const change = (async () => {
		while (!ready) {
			const name = set('http_status', { path: '/*0', status: 418 });
			await soon(7);
			proxy.removeToxic(name);
			await soon(3);
		}
	})();
	await Promise.all(
		Array.from({ length: 4 }, async (_, k) => {
			for (let i = 0; i < 150; i++) {
				const path = `/${k}/${i}`;
				const { statusCode, body } = await pool.request({ path, method: 'GET' });
				const text = await body.text();
				if (statusCode === 418) made++;
				else t.is(text, `${path}:0`);
				if (statusCode === 418) t.true(path.endsWith('0'));
			}
		}),
	);
	ready = true;
	await change;
	t.true(made > 0, 'connections that were open before meet it');
	t.is(proxy.counters().connections, 4);
});

const curl = (t: ExecutionContext, ...args: string[]): Promise<{ code: number | null; out: string } | null> =>
	new Promise((resolve) => {
		const child = spawn('curl', ['-s', '--max-time', '20', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
		let out = '';
		child.stdout.on('data', (chunk) => {
			out += chunk;
		});
		child.on('error', () => {
			t.log('skipped: there is no curl');
			t.pass();
			resolve(null);
		});
		child.on('close', (code) => resolve({ code, out }));
	});

test('curl: a status, a body cut short, a reset, Expect: 100-continue', async (t) => {
	const { port, seen } = await server(t);
	const { url, set } = await proxyBefore(t, port);
	set('http_script');
	const script = (behavior: string): string[] => ['-H', `x-daruma-behavior: ${behavior}`];
	const status = await curl(t, '-w', ' %{http_code} %{num_connects}', ...script('status=500'), `${url}/a`, `${url}/b`);
	if (!status) return;
	t.is(status.out, '500 injected by daruma\n 500 1500 injected by daruma\n 500 0', 'both on one connection');
	const cut = await curl(t, ...script('truncate=2'), `${url}/cut`);
	t.true(cut?.code === 18 || cut?.code === 56, `${cut?.code} ${cut?.out}`);
	t.is(cut?.out, '/c');
	t.is((await curl(t, ...script('rst-after-read'), `${url}/reset`))?.code, 56);
	t.is((await curl(t, ...script('fail-first-2'), '--retry', '3', '--retry-delay', '1', '--retry-max-time', '15', '-f', `${url}/retried`))?.code, 0);
	const expect = ['-H', 'Expect: 100-continue', '--data-binary', 'x'.repeat(2000)];
	t.is((await curl(t, ...script('status=403'), ...expect, '--expect100-timeout', '15', `${url}/expect`))?.out, '403 injected by daruma\n');
	t.is((await curl(t, ...expect, '--expect100-timeout', '15', `${url}/expect`))?.out, '/expect:2000');
	t.is((await curl(t, ...script('nonsense'), `${url}/odd`))?.out.split(';')[0], 'x-daruma-behavior: "nonsense" is not known');
	t.deepEqual(seen, ['/cut', '/retried', '/expect']);
});

test('over real sockets, malformed HTTP comes out as it does without a relay', async (t) => {
	const got: Buffer[][] = [];
	const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 500 No\r\n\r\nrest\0', 'latin1');
	const port = await rawServer(t, (socket) => {
		const mine: Buffer[] = [];
		got.push(mine);
		socket.on('error', () => {});
		socket.on('data', (chunk) => {
			if (mine.length === 0) socket.write(answer);
			mine.push(chunk);
		});
	});
	const { proxy, set, port: at } = await proxyBefore(t, port);
	set('http_status', { path: '/never' });
	const chance = rng(5);
	const valid = 'POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /b HTTP/1.0\r\nContent-Length: 3\r\n\r\nxyz';
	for (let round = 0; round < 60; round++) {
		const bytes = Buffer.from(valid, 'latin1');
		for (let i = 0; i < round % 4; i++) bytes[Math.floor(chance.next() * bytes.length)] = Math.floor(chance.next() * 256);
		// The same unless it is HTTP/2's preface that begins.
		const client = new RawClient(t, at);
		for (let from = 0; from < bytes.length; ) {
			const size = 1 + Math.floor(chance.next() * 60);
			client.write(bytes.subarray(from, from + size));
			from += size;
			if (round < 10) await soon(1);
		}
		const mine = (): Buffer => Buffer.concat(got[round] ?? []);
		client.socket.end();
		await until(() => client.ending !== 'open' && mine().length >= bytes.length);
		t.is(mine().toString('latin1'), bytes.toString('latin1'), `round ${round}`);
		t.is(client.ending, 'EOF');
	}
	await until(() => proxy.counters().open === 0);
});
