import { createSocket } from 'node:dgram';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { ask } from './ask.js';

const server = async (t: ExecutionContext, answers: (heard: Buffer) => (Buffer | string)[], host = '127.0.0.1'): Promise<number> => {
	const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
	socket.on('message', (heard, from) => {
		for (const answer of answers(heard)) socket.send(answer, from.port, from.address);
	});
	const port = await freePort();
	await new Promise<void>((resolve) => socket.bind(port, host, resolve));
	t.teardown(() => socket.close());
	return port;
};

test('what comes back, and what is expected', async (t) => {
	const port = await server(t, (heard) => [Buffer.concat([Buffer.from('you said '), heard])]);
	for (const [query, verdict, reason, detail] of [
		['?send=hi&expect=you said hi', 'ok', undefined, undefined],
		['?send=hi&expect=/SAID h/i', 'ok', undefined, undefined],
		['?send=hex:00ff&expect=hex:2000ff', 'ok', undefined, undefined],
		['?send=hi&expect=', 'ok', undefined, undefined],
		['?expect=', 'ok', undefined, undefined],
		['?send=hi', 'ok', undefined, undefined],
		['?send=hi&expect=bye', 'failed', 'expectation', /it answered "you said hi"/],
	] as const) {
		const answer = await ask(`udp://127.0.0.1:${port}${query}`);
		t.deepEqual([answer.verdict, answer.reason], [verdict, reason], query);
		if (detail) t.regex(answer.detail ?? '', detail);
		t.true((answer.phases.firstByte as number) > 0 && answer.bytes.received >= 9, query);
	}
	const kept = await ask(`udp://127.0.0.1:${port}?send=hi&expect=hi`, { keepBody: true });
	t.is(Buffer.from(kept.body ?? []).toString(), 'you said hi');
	t.is((await ask(`udp://127.0.0.1:${port}?send=${'x'.repeat(3000)}&expect=x`, { maxBody: 1000 })).reason, 'too-large');
});

test('nothing is expected: sent, and not refused', async (t) => {
	const port = await server(t, () => []);
	const answer = await ask(`udp://127.0.0.1:${port}?send=hi&wait=50ms`);
	t.deepEqual([answer.verdict, answer.phases.firstByte, answer.bytes], ['ok', null, { sent: 2, received: 0 }]);
	t.regex(answer.detail ?? '', /not refused within 50 ms/);
	t.true(answer.endMs - answer.sentMs >= 45);
	t.is((await ask(`udp://127.0.0.1:${port}?send=hi&expect=`, { timeoutMs: 80 })).reason, 'answer-timeout');
});

test('refused: whatever is expected', async (t) => {
	for (const query of ['', '?expect=', '?send=x&expect=y']) {
		t.is((await ask(`udp://127.0.0.1:${await freePort()}${query}`)).reason, 'refused', query);
		t.is((await ask(`udp://localhost:${await freePort()}${query}`)).reason, 'refused', query);
	}
});

test('a name: the address that does not refuse answers, and is named', async (t) => {
	const port = await server(t, () => ['here']);
	const answer = await ask(`udp://localhost:${port}?expect=here`);
	t.deepEqual([answer.verdict, answer.address], ['ok', '127.0.0.1']);
	t.true((answer.phases.dns as number) >= 0);
});

test('a flood of answers is one answer', async (t) => {
	const port = await server(t, () => Array.from({ length: 200 }, () => 'x'.repeat(1000)));
	t.is((await ask(`udp://127.0.0.1:${port}?expect=x`)).verdict, 'ok');
	t.is((await ask(`udp://127.0.0.1:${port}?expect=y`)).reason, 'expectation');
});

test('options that are wrong', async (t) => {
	for (const query of ['?send=hex:0', '?expect=/(/', '?wait=soon', `?send=${'x'.repeat(70_000)}`]) {
		const error = await t.throwsAsync(ask(`udp://127.0.0.1:9${query}`));
		t.is((error as { exit?: number } | undefined)?.exit, 2, query.slice(0, 20));
	}
});
