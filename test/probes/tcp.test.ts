import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { ask, askAll, raw } from './ask.js';

test('connected is an answer', async (t) => {
	let resets = 0;
	const port = await raw(t, (socket) => void socket.on('error', () => resets++).resume());
	const [first, second] = await askAll(`tcp://127.0.0.1:${port}`, { times: 2 });
	t.deepEqual([first?.verdict, first?.fresh, second?.fresh, first?.address], ['ok', true, true, '127.0.0.1']);
	t.true((first?.phases.connect as number) > 0);
	t.is((await ask(`tcp://127.0.0.1:${await freePort()}`)).reason, 'refused');
	t.is(resets, 0);
	await ask(`tcp://127.0.0.1:${port}`, { more: { close: 'rst' } });
	while (resets === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	t.is(resets, 1);
});

test('send and expect: text with escapes, bytes, patterns, in whatever pieces it comes', async (t) => {
	let heard = Buffer.alloc(0);
	const port = await raw(t, (socket) => {
		socket.on('data', (data) => {
			heard = Buffer.concat([heard, data]);
			socket.write('+PO');
			setTimeout(() => socket.write(Buffer.from([0x4e, 0x47, 0x0d, 0x0a, 0xff, 0x00])), 10);
		});
	});
	for (const [more, sent] of [
		[{ send: 'PING\\r\\n', expect: '+PONG\\r\\n' }, '50494e470d0a'],
		[{ send: 'hex:50 49 4e47', expect: 'hex:4e470d0aff00' }, '50494e47'],
		[{ send: 'é\\x00\\\\', expect: '/^\\+pong/i' }, 'c3a9005c'],
		[{ send: 'x', expect: '\\xff\\0' }, '78'],
	] as const) {
		heard = Buffer.alloc(0);
		const answer = await ask(`tcp://127.0.0.1:${port}`, { more, keepBody: true });
		t.is(answer.verdict, 'ok', JSON.stringify(answer));
		t.is(heard.toString('hex'), sent);
		t.true((answer.phases.firstByte as number) >= 0 && (answer.phases.transfer as number) >= 0);
		t.is(Buffer.from(answer.body as Uint8Array).toString('latin1', 0, 3), '+PO');
	}
	t.is((await ask(`tcp://127.0.0.1:${port}?send=x&expect=never`, { timeoutMs: 80 })).reason, 'body-timeout');
	t.is((await ask(`tcp://127.0.0.1:${port}?expect=never`, { timeoutMs: 80 })).reason, 'answer-timeout');
});

test('a banner that is another one', async (t) => {
	const port = await raw(t, (socket) => void socket.on('error', () => {}).end('220 mail\r\n'));
	t.is((await ask(`tcp://127.0.0.1:${port}?expect=/^220 /`)).verdict, 'ok');
	const other = await ask(`tcp://127.0.0.1:${port}?expect=SSH-2.0`);
	t.is(other.reason, 'expectation');
	t.regex(other.detail ?? '', /220 mail/);
	t.is((await ask(`tcp://127.0.0.1:${port}?expect=SSH-2.0`, { maxBody: 4 })).reason, 'too-large');
});

test('what cannot be meant', async (t) => {
	for (const query of ['expect=/(/', 'send=hex:1', 'starttls=ftp', 'starttls=constructor']) {
		await t.throwsAsync(ask(`tcp://127.0.0.1:9?${query}`), { code: 'E_FLAG' }, query);
	}
});
