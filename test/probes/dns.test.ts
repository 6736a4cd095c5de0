import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { rng } from '../../src/model/rng.js';
import { freePort } from '../../src/platform/ports.js';
import { have } from '../subjects/stage.js';
import { ask, askAll } from './ask.js';
import { start, until } from './real.js';

type Respond = (query: Buffer, overTcp: boolean) => Buffer | null;

/** A server on one port of both, that answers as it is told. */
const server = async (t: ExecutionContext, respond: Respond): Promise<number> => {
	const port = await freePort();
	const udp = createSocket('udp4');
	udp.on('message', (query, from) => {
		const answer = respond(query, false);
		if (answer) udp.send(answer, from.port, from.address);
	});
	await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
	const tcp = createServer((socket) => {
		socket
			.on('error', () => {})
			.on('data', (data) => {
				const answer = respond(data.subarray(2), true);
				if (answer) socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]));
			});
		t.teardown(() => void socket.destroy());
	});
	await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve));
	t.teardown(() => {
		udp.close();
		tcp.close();
	});
	return port;
};

/** The question, without EDNS, repeated as an answer with these flags and records. */
const reply = (query: Buffer, flags: number, ...records: Buffer[]): Buffer => {
	const end = query.indexOf(0, 12) + 5;
	const head = Buffer.from(query.subarray(0, 12));
	head.writeUInt16BE(flags, 2);
	head.writeUInt16BE(records.length, 6);
	head.writeUInt16BE(0, 10);
	return Buffer.concat([head, query.subarray(12, end), ...records]);
};
const a = (address: string): Buffer => Buffer.from(`c00c000100010000003c0004${address}`, 'hex');
const ADDRESS = a('0a000001');

test('answers, rcodes and what is expected of them', async (t) => {
	const port = await server(t, (query) => {
		const name = query.subarray(13, 13 + (query[12] as number)).toString();
		const rcode = { nx: 3, refused: 5, failing: 2 }[name] ?? 0;
		return name === 'empty' || rcode ? reply(query, 0x8180 | rcode) : reply(query, 0x8180, ADDRESS, a('0a000002'));
	});
	for (const [path, verdict, reason, detail] of [
		['/good.test', 'ok', undefined, undefined],
		['/GooD.test.', 'ok', undefined, undefined],
		['/good.test?expect=10.0.0.2', 'ok', undefined, undefined],
		['/good.test?expect=/^10\\.0\\.0\\.\\d$/', 'ok', undefined, undefined],
		['/good.test?expect=10.0.0.3', 'failed', 'expectation', 'it answered 10.0.0.1, 10.0.0.2'],
		['/empty.test', 'ok', undefined, 'no records'],
		['/empty.test?expect=/./', 'failed', 'expectation', 'no records'],
		['/nx.test', 'failed', 'status', 'NXDOMAIN'],
		['/nx.test?rcode=NXDOMAIN', 'ok', undefined, undefined],
		['/good.test?rcode=nxdomain', 'failed', 'status', 'NOERROR'],
		['/refused.test', 'failed', 'status', 'REFUSED'],
		['/failing.test', 'failed', 'status', 'SERVFAIL'],
	] as const) {
		for (const tcp of ['0', '1']) {
			const answer = await ask(`dns://127.0.0.1:${port}${path}`, { more: { tcp } });
			t.deepEqual([answer.verdict, answer.reason, answer.detail], [verdict, reason, detail], path);
			t.is(typeof answer.status, 'number');
			t.true((answer.phases.firstByte as number) > 0 && answer.bytes.received > 12);
			t.is(answer.body, undefined);
		}
	}
	const body = (await ask(`dns://localhost:${port}/good.test`, { keepBody: true })).body;
	t.is(Buffer.from(body ?? []).toString(), 'good.test.\t60\tIN\tA\t10.0.0.1\ngood.test.\t60\tIN\tA\t10.0.0.2\n');
	const kept = await askAll(`dns://127.0.0.1:${port}/good.test?tcp=1`, { times: 2 });
	t.deepEqual(
		kept.map((answer) => answer.fresh),
		[true, false],
	);
});

test('truncated: the same question by TCP', async (t) => {
	const port = await server(t, (query, tcp) => reply(query, tcp ? 0x8180 : 0x8380, ADDRESS));
	const answer = await ask(`dns://127.0.0.1:${port}/x.test?expect=10.0.0.1`, { keepBody: true });
	t.deepEqual([answer.verdict, answer.status], ['ok', 0]);
	t.true((answer.phases.connect as number) > 0);
	t.regex(Buffer.from(answer.body ?? []).toString(), /10\.0\.0\.1/);
	const forever = await server(t, (query) => reply(query, 0x8380, ADDRESS));
	t.deepEqual((await ask(`dns://127.0.0.1:${forever}/x.test`)).reason, 'protocol');
	const noTcp = await server(t, (query, tcp) => (tcp ? null : reply(query, 0x8380)));
	t.is((await ask(`dns://127.0.0.1:${noTcp}/x.test`, { timeoutMs: 500 })).reason, 'answer-timeout');
});

test('what is no answer to this question', async (t) => {
	const random = rng(4);
	const changed = (query: Buffer, change: (answer: Buffer) => void): Buffer => {
		const answer = reply(query, 0x8180, ADDRESS);
		change(answer);
		return answer;
	};
	for (const [why, respond, detail] of [
		['wrong id', (q) => changed(q, (b) => void b.writeUInt16BE(q.readUInt16BE(0) ^ 1, 0)), /id/],
		['wrong name', (q) => changed(q, (b) => void b.write('y', 13)), /another question \(y\.test A\)/],
		['wrong type', (q) => changed(q, (b) => void b.writeUInt8(28, 21)), /x\.test AAAA/],
		['the question itself', (q) => q, /a question/],
		['a compression loop', (q) => Buffer.concat([reply(q, 0x8180, Buffer.from('c018', 'hex'))]), /points/],
		['garbage', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /./],
		['one byte', () => Buffer.from('x'), /ends/],
		['nothing', () => Buffer.alloc(0), /ends/],
		['noise', () => Buffer.from(Array.from({ length: 300 }, () => Math.floor(random.next() * 256))), /./],
	] as [string, (q: Buffer) => Buffer, RegExp][]) {
		const port = await server(t, respond);
		for (const tcp of ['0', '1']) {
			const answer = await ask(`dns://127.0.0.1:${port}/x.test`, { more: { tcp } });
			t.deepEqual([answer.verdict, answer.reason], ['failed', 'protocol'], `${why} ${tcp} ${JSON.stringify(answer)}`);
			t.regex(answer.detail ?? '', detail, why);
		}
	}
});

test('silent, refusing, and wrong questions', async (t) => {
	const silent = await server(t, () => null);
	t.is((await ask(`dns://127.0.0.1:${silent}/x.test`, { timeoutMs: 100 })).reason, 'answer-timeout');
	t.is((await ask(`dns://127.0.0.1:${silent}/x.test?tcp=1`, { timeoutMs: 1000 })).reason, 'answer-timeout');
	const nobody = await freePort();
	for (const tcp of ['0', '1']) t.is((await ask(`dns://127.0.0.1:${nobody}/x.test`, { more: { tcp } })).reason, 'refused');
	for (const url of [
		'dns://h/a..b',
		'dns://h/x?type=NOPE',
		'dns://h/x?type=TYPE99999',
		'dns://h/x?rcode=FINE',
		'dns://h/x?tcp=yes',
		`dns://h/${'a'.repeat(64)}`,
	]) {
		const error = await t.throwsAsync(ask(url), undefined, url);
		t.is((error as { exit?: number } | undefined)?.exit, 2, url);
	}
});

test('the real thing', async (t) => {
	if (!have(t, 'dnsmasq')) return;
	const port = await freePort();
	const long = Array.from({ length: 20 }, (_, i) => `${i}-${'x'.repeat(200)}`).join(',');
	const settings = [
		'--port',
		`${port}`,
		'--listen-address',
		'127.0.0.1',
		'--bind-interfaces',
		'--no-hosts',
		'--no-resolv',
		'--conf-file=/dev/null',
		'--pid-file',
	];
	const records = [
		'--host-record=web.test,10.9.8.7,fd00::7',
		'--cname=www.test,web.test',
		'--txt-record=note.test,hello world',
		`--txt-record=long.test,${long}`,
		'--srv-host=_rpc._tcp.test,web.test,8080,1,5',
		'--mx-host=test,web.test,10',
		'--local=/test/',
	];
	start(t, 'dnsmasq', ['--keep-in-foreground', `--user=${userInfo().username}`, ...settings, ...records], {
		env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
	});
	const at = `dns://127.0.0.1:${port}`;
	t.is(
		(
			await until(
				() => ask(`${at}/web.test`),
				(answer) => answer.verdict === 'ok',
			)
		).verdict,
		'ok',
	);
	for (const [path, verdict, reason] of [
		['/web.test?expect=10.9.8.7', 'ok', undefined],
		['/web.test?expect=10.9.8.8', 'failed', 'expectation'],
		['/web.test?type=AAAA&expect=fd00::7', 'ok', undefined],
		['/www.test?expect=web.test', 'ok', undefined],
		['/note.test?type=TXT&expect=hello%20world', 'ok', undefined],
		['/_rpc._tcp.test?type=SRV&expect=/8080 web\\.test\\.$/', 'ok', undefined],
		['/test?type=MX&expect=/^10 web/', 'ok', undefined],
		['/nobody.test', 'failed', 'status'],
		['/nobody.test?rcode=NXDOMAIN', 'ok', undefined],
		['/example.org', 'failed', 'status'],
	] as const) {
		for (const tcp of ['0', '1']) {
			const answer = await ask(`${at}${path}`, { more: { tcp } });
			t.deepEqual([answer.verdict, answer.reason], [verdict, reason], `${path} ${JSON.stringify(answer)}`);
		}
	}
	const fell = await ask(`${at}/long.test?type=TXT&expect=/19-xxx/`);
	t.is(fell.verdict, 'ok', JSON.stringify(fell));
	t.true((fell.phases.connect as number) > 0 && fell.bytes.received > 4000);
});
