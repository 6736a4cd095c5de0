import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import type { Answer } from '../../src/probes/probe.js';
import { selfSigned } from '../../src/proxy/tls-certificate.js';
import { frameMessage, MessageReader } from '../../src/wire/message-framing.js';
import { have, scratch } from '../subjects/stage.js';
import { ask, askAll, canned, listen, raw } from './ask.js';

const brief = ({ verdict, reason, status, detail }: Answer) => [verdict, reason, status, detail];

type Call = { jsonrpc: string; method: string; params?: unknown; id: number };
/** A server of JSON-RPC: `add`, `slow`, errors otherwise. */
const answerTo = (text: string): string => {
	const { jsonrpc, method, params, id } = JSON.parse(text) as Call;
	if (jsonrpc !== '2.0') throw new Error(text);
	if (method === 'add') return JSON.stringify({ jsonrpc, result: (params as number[]).reduce((a, b) => a + b), id });
	return JSON.stringify({ jsonrpc, error: { code: -32601, message: `no ${method}\n` }, id });
};
const overHttp =
	(seen: string[] = []): RequestListener =>
	(request, response) => {
		let text = '';
		request.on('data', (piece) => {
			text += piece;
		});
		request.on('end', () => {
			seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
			const answer = answerTo(text);
			response.statusCode = answer.includes('error') ? 500 : 200;
			response.end(answer);
		});
	};
const add = `method=add&params=${encodeURIComponent('[1,2]')}`;

test('HTTP: results, errors, and whose query is whose', async (t) => {
	const seen: string[] = [];
	let connections = 0;
	const port = await listen(
		t,
		createHttpServer(overHttp(seen)).on('connection', () => connections++),
	);
	const url = `jsonrpc+http://127.0.0.1:${port}/rpc?key=a%2Bb&${add}&z=1`;
	const answers = await askAll(url, { times: 3, keepBody: true });
	t.deepEqual(
		answers.map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', false],
			['ok', false],
		],
	);
	t.is(JSON.parse(Buffer.from(answers[0]?.body as Uint8Array).toString()).result, 3);
	t.is(connections, 1);
	t.deepEqual(new Set(seen), new Set(['POST /rpc?key=a%2Bb&z=1 application/json']));
	t.is((await ask(url)).body, undefined);
	t.deepEqual(brief(await ask(`jsonrpc+http://127.0.0.1:${port}/`, { more: { method: 'none' } })), ['failed', 'status', -32601, 'error -32601: no none']);
	await t.throwsAsync(ask('jsonrpc+http://127.0.0.1:1/'), { code: 'E_FLAG' });
	await t.throwsAsync(ask('jsonrpc+http://127.0.0.1:1/?method=a&params=1'), { code: 'E_FLAG' });
	await t.throwsAsync(ask('jsonrpc+tcp://127.0.0.1:1?method=a&params={'), { code: 'E_FLAG' });
	await t.throwsAsync(ask('jsonrpc+tcp://127.0.0.1:1?method=a&framing=x'), { code: 'E_FLAG' });
});

test('HTTPS', async (t) => {
	const { cert, key } = selfSigned();
	const port = await listen(t, createHttpsServer({ cert, key }, overHttp()));
	t.is((await ask(`jsonrpc+https://localhost:${port}/?${add}`, { tls: { ca: cert } })).verdict, 'ok');
	t.is((await ask(`jsonrpc+https://localhost:${port}/?${add}`)).reason, 'tls-untrusted');
});

test('HTTP: what is no answer', async (t) => {
	const reason = async (status: number, body: string) => {
		const port = await canned(t, `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
		const { verdict, reason, status: code } = await ask(`jsonrpc+http://127.0.0.1:${port}/?method=a`);
		t.is(verdict, 'failed');
		return [reason, code];
	};
	t.deepEqual(await reason(200, 'ok'), ['protocol', 200]);
	t.deepEqual(await reason(200, ''), ['protocol', 200]);
	t.deepEqual(await reason(200, '{"jsonrpc":"2.0","result":1,"id":2}'), ['protocol', 200]);
	t.deepEqual(await reason(200, '{"result":1,"id":1}'), ['protocol', 200]);
	t.deepEqual(await reason(200, '{"jsonrpc":"2.0","method":"x"}'), ['protocol', 200]);
	t.deepEqual(await reason(503, '<html>'), ['status', 503]);
	t.deepEqual(await reason(503, '{"jsonrpc":"2.0","result":1,"id":1}'), ['status', 503]);
	t.deepEqual(await reason(200, '{"jsonrpc":"2.0","error":{"code":5,"message":"x"},"id":1}'), ['status', 5]);
	t.is((await ask(`jsonrpc+http://127.0.0.1:${await freePort()}/?method=a`)).reason, 'refused');
	t.is((await ask(`jsonrpc+http://127.0.0.1:${await raw(t, () => {})}/?method=a`, { timeoutMs: 60 })).reason, 'answer-timeout');
});

test('HTTP: behind nginx', async (t) => {
	if (!have(t, 'nginx')) return;
	const upstream = await listen(t, createHttpServer(overHttp()));
	const port = await freePort();
	const dir = scratch(t);
	const conf = join(dir, 'nginx.conf');
	writeFileSync(
		conf,
		`daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/log; events {}
		http { access_log off; client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
		server { listen 127.0.0.1:${port}; location / { return 404; } location /rpc { proxy_pass http://127.0.0.1:${upstream}; } } }`,
	);
	const nginx = spawn('nginx', ['-c', conf, '-p', dir], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
	const ended = new Promise((resolve) => nginx.once('exit', resolve));
	t.teardown(async () => {
		nginx.kill('SIGTERM');
		await ended;
	});
	const url = `jsonrpc+http://127.0.0.1:${port}/rpc?${add}`;
	for (let n = 0; n < 200 && (await ask(url)).reason === 'refused'; n++) await new Promise((resolve) => setTimeout(resolve, 50));
	t.deepEqual(
		(await askAll(url, { times: 3 })).map((a) => a.verdict),
		['ok', 'ok', 'ok'],
	);
	t.deepEqual(brief(await ask(`jsonrpc+http://127.0.0.1:${port}/?${add}`)).slice(0, 3), ['failed', 'status', 404]);
});

/** A server of JSON-RPC over TCP; `before` may say something first. */
const overTcp =
	(framing: 'line' | 'length', before: (socket: Socket, text: string) => void = () => {}) =>
	(socket: Socket) => {
		const reader = new MessageReader(framing, 1e6);
		socket.on('data', (data: Buffer) =>
			reader.read(new Uint8Array(data), (message) => {
				const text = Buffer.from(message).toString();
				before(socket, text);
				socket.write(frameMessage(answerTo(text), framing));
				return true;
			}),
		);
	};

test('TCP: both framings, kept and fresh, notifications passed over', async (t) => {
	for (const framing of ['line', 'length'] as const) {
		let connections = 0;
		const serve = overTcp(framing, (socket) => socket.write(frameMessage('{"jsonrpc":"2.0","method":"news"}', framing)));
		const port = await raw(t, (socket) => {
			connections++;
			serve(socket);
		});
		const url = `jsonrpc+tcp://127.0.0.1:${port}?${add}&framing=${framing}`;
		const answers = await askAll(url, { times: 3, keepBody: true });
		t.deepEqual(
			answers.map((a) => [a.verdict, a.fresh]),
			[
				['ok', true],
				['ok', false],
				['ok', false],
			],
		);
		t.true((answers[0]?.phases.connect as number) > 0 && answers[1]?.phases.connect === null);
		t.is(JSON.parse(Buffer.from(answers[2]?.body as Uint8Array).toString()).result, 3);
		t.is(connections, 1);
		await askAll(url, { times: 2, fresh: true });
		t.is(connections, 3);
		t.deepEqual(brief(await ask(`jsonrpc+tcp://127.0.0.1:${port}?method=no&framing=${framing}`)), ['failed', 'status', -32601, 'error -32601: no no']);
	}
});

const flood = (socket: Socket, start: string, more: string): void => {
	socket.on('error', () => {}).write(start);
	const block = more.repeat(Math.ceil(65_536 / more.length));
	const go = (): void => {
		while (!socket.destroyed && socket.write(block));
	};
	socket.on('drain', go);
	go();
};

test('TCP: what is no answer', async (t) => {
	const reasonOf = async (serve: (socket: Socket) => void, framing = 'line', timeoutMs = 10_000) => {
		const port = await raw(t, (socket) => socket.on('error', () => {}).once('data', () => serve(socket)));
		const answers = await askAll(`jsonrpc+tcp://127.0.0.1:${port}?method=a&framing=${framing}`, { times: 2, timeoutMs, maxBody: 10_000 });
		for (const each of answers) t.is(each.verdict, 'failed');
		t.is(answers[0]?.reason, answers[1]?.reason);
		return answers[0]?.reason;
	};
	const says = (text: string) => (socket: Socket) => socket.write(text);
	t.is(await reasonOf(says('hello\n')), 'protocol');
	t.is(await reasonOf(says('{"jsonrpc":"2.0","result":1,"id":99}\n')), 'protocol');
	t.is(await reasonOf(says('hello\r\n\r\n'), 'length'), 'protocol');
	t.is(await reasonOf(says('Content-Length: 99999999\r\n\r\n'), 'length'), 'too-large');
	t.is(await reasonOf((s) => flood(s, '', 'x')), 'too-large');
	t.is(await reasonOf((s) => flood(s, '', 'x'), 'length'), 'too-large');
	t.is(await reasonOf((s) => flood(s, '', '\n')), 'too-large');
	t.is(await reasonOf((s) => flood(s, '', '{"jsonrpc":"2.0","method":"x"}\n')), 'too-large');
	t.is(await reasonOf((s) => s.end()), 'closed');
	t.is(await reasonOf((s) => s.end('{"jsonrpc"')), 'closed');
	t.is(await reasonOf((s) => s.resetAndDestroy()), 'reset');
	t.is(await reasonOf(() => {}, 'line', 60), 'answer-timeout');
	t.is(await reasonOf(says('{"jsonrpc"'), 'line', 60), 'body-timeout');
	t.is((await ask(`jsonrpc+tcp://127.0.0.1:${await freePort()}?method=a`)).reason, 'refused');
});

test('TCP: a second answer, or one that nobody asked for, ends the connection', async (t) => {
	let connections = 0;
	const port = await raw(t, (socket) => {
		connections++;
		socket.on('data', (data: Buffer) => {
			const answer = answerTo(data.toString());
			socket.write(`${answer}\n${answer}\n`);
		});
	});
	for (const each of await askAll(`jsonrpc+tcp://127.0.0.1:${port}?${add}`, { times: 3, fresh: true })) t.is(each.verdict, 'ok');
	t.is(connections, 3);
});

test('TCP: a kept connection that had ended costs no failure where asking twice does no harm', async (t) => {
	let asked = 0;
	const port = await raw(t, (socket) => {
		let here = 0;
		socket.on('data', (data: Buffer) => {
			asked++;
			if (++here > 1) socket.destroy();
			else socket.write(`${answerTo(data.toString())}\n`);
		});
	});
	t.deepEqual(
		(await askAll(`jsonrpc+tcp://127.0.0.1:${port}?${add}&idempotent=1`, { times: 3 })).map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', true],
			['ok', true],
		],
	);
	t.is(asked, 5);
	t.is((await askAll(`jsonrpc+tcp://127.0.0.1:${port}?${add}`, { times: 2 }))[1]?.verdict, 'failed');
});
