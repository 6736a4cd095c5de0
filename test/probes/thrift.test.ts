import { spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { ask, askAll, raw } from './ask.js';
import { start, until } from './real.js';

const SERVER = fileURLToPath(new URL('../../../fixtures/probes/thrift-server.py', import.meta.url));
/** Debian's own, for which python3-thrift is packaged. */
const PYTHON = '/usr/bin/python3';

/** Framed, binary: answers with this method, sequence (of the call, if null), kind and struct. */
const answers =
	(kind: number, struct: string, { name = 'ping', seq = null }: { name?: string; seq?: number | null } = {}) =>
	(socket: Socket): void => {
		socket.on('data', (call) => {
			const asked = call.readInt32BE(call.length - 5);
			const body = Buffer.from(struct.replace(/\s/g, ''), 'hex');
			const out = Buffer.alloc(4 + 4 + 4 + name.length + 4 + body.length);
			out.writeUInt32BE(out.length - 4, 0);
			out.writeInt32BE(0x80010000 | kind, 4);
			out.writeUInt32BE(name.length, 8);
			out.write(name, 12);
			out.writeInt32BE(seq ?? asked, 12 + name.length);
			body.copy(out, 16 + name.length);
			socket.write(out);
		});
	};

test('what it answers, and what that means', async (t) => {
	for (const [serve, query, verdict, reason, status, detail] of [
		[answers(2, '00'), '', 'ok', undefined, undefined, undefined],
		[answers(2, '0b 0000 00000002 6869 00'), '', 'ok', undefined, undefined, undefined],
		[answers(2, '0c 0001 00 00'), '', 'failed', 'status', undefined, /declares \(field 1\)/],
		[answers(3, '0b 0001 00000002 6e6f 08 0002 00000001 00'), '', 'failed', 'status', 1, /^unknown method: no$/],
		[answers(3, '08 0002 00000063 00'), '', 'failed', 'status', 99, /^exception 99$/],
		[answers(2, '00', { seq: 77 }), '', 'failed', 'protocol', undefined, /sequence 77, expected 1/],
		[answers(2, '00', { name: 'pong' }), '', 'failed', 'protocol', undefined, /another method \(pong\)/],
		[answers(1, '00'), '', 'failed', 'protocol', undefined, /kind 1/],
		[answers(2, '08 0000 00000002 00', { name: 'getStatus' }), '?method=getStatus', 'ok', undefined, 2, undefined],
		[answers(2, '08 0000 00000005 00', { name: 'getStatus' }), '?method=getStatus', 'warning', undefined, 5, /WARNING/],
		[answers(2, '08 0000 00000001 00', { name: 'getStatus' }), '?method=getStatus', 'failed', 'not-serving', 1, /STARTING/],
		[(s: Socket) => void s.on('data', () => s.write('HTTP/1.1 400 Bad Request\r\n\r\n')), '', 'failed', 'protocol', undefined, /a frame of/],
		[(s: Socket) => void s.on('data', () => s.write('HTTP/1.1 400 Bad Request\r\n\r\n')), '?transport=buffered', 'failed', 'protocol', undefined, /begin/],
		[(s: Socket) => void s.on('data', () => s.end()), '', 'failed', 'closed', undefined, /./],
	] as const) {
		const answer = await ask(`thrift://127.0.0.1:${await raw(t, serve)}${query}`);
		t.deepEqual([answer.verdict, answer.reason, answer.status], [verdict, reason, status], JSON.stringify(answer));
		if (detail) t.regex(answer.detail ?? '', detail);
		else t.is(answer.detail, undefined);
	}
	for (const query of ['?protocol=json', '?transport=http', '?method=a b', '?service=%00']) {
		const wrong = await t.throwsAsync(ask(`thrift://h:1${query}`), undefined, query);
		t.is((wrong as { exit?: number } | undefined)?.exit, 2, query);
	}
});

test('the real thing: Apache Thrift on both protocols and transports, alone and multiplexed', async (t) => {
	if (spawnSync(PYTHON, ['-c', 'import thrift.TMultiplexedProcessor']).status !== 0) {
		if (process.env.DARUMA_REQUIRE_REAL === '1') t.fail('python3-thrift is required here (DARUMA_REQUIRE_REAL=1) and is not installed');
		t.log('skipped: python3-thrift is not installed');
		t.pass();
		return;
	}
	for (const protocol of ['binary', 'compact']) {
		for (const transport of ['framed', 'buffered']) {
			const port = await freePort();
			const isMultiplexed = transport === 'framed';
			start(t, PYTHON, [SERVER, `${port}`, protocol, transport, ...(isMultiplexed ? ['multiplexed'] : [])]);
			const at = (method: string): string =>
				`thrift://127.0.0.1:${port}?protocol=${protocol}&transport=${transport}&method=${method}${isMultiplexed ? '&service=Health' : ''}`;
			await until(
				() => ask(at('ping')),
				(a) => a.reason !== 'refused',
			);
			for (const [method, verdict, reason, status, body] of [
				['ping', 'ok', undefined, undefined, undefined],
				['text', 'ok', undefined, undefined, 'hello'],
				['truth', 'ok', undefined, undefined, 'true'],
				['table', 'ok', undefined, undefined, undefined],
				['getStatus', 'ok', undefined, 2, '2'],
				['declared', 'failed', 'status', undefined, undefined],
				['nowhere', 'failed', 'status', 1, undefined],
			] as const) {
				const found = await askAll(at(method), { times: 2, keepBody: true });
				for (const answer of found) {
					const text = answer.body === undefined ? undefined : Buffer.from(answer.body).toString();
					t.deepEqual(
						[answer.verdict, answer.reason, answer.status, text],
						[verdict, reason, status, body],
						`${protocol} ${transport} ${JSON.stringify(answer)}`,
					);
				}
				t.is(found[1]?.fresh, verdict === 'failed', method);
			}
			const other = await ask(at('ping').replace(`protocol=${protocol}`, `protocol=${protocol === 'binary' ? 'compact' : 'binary'}`), { timeoutMs: 500 });
			t.is(other.verdict, 'failed');
		}
	}
});
