import { readFileSync } from 'node:fs';
import { createServer as createH2cServer, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ask, askAll, listen, raw } from './ask.js';

const file = (name: string): string => fileURLToPath(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url));
const CA = file('ca');
const serve = (name: string) => ({ key: readFileSync(file(name)), cert: readFileSync(file(name)) });
const tls = { ca: CA };

test('chain, time and name of a certificate', async (t) => {
	const at = async (name: string) =>
		`tls://127.0.0.1:${await listen(
			t,
			createTlsServer(serve(name), (s) => s.resume()),
		)}`;
	const good = await at('good');
	const answer = await ask(good, { tls });
	t.deepEqual([answer.verdict, answer.reason, answer.address], ['ok', undefined, '127.0.0.1']);
	t.true((answer.certDays as number) > 30_000 && (answer.phases.tls as number) > 0);
	for (const [url, options, reason] of [
		[good, {}, 'tls-untrusted'],
		[await at('expired'), { tls }, 'tls-expired'],
		[await at('other'), { tls }, 'tls-name'],
		[good, { tls: { ...tls, servername: 'elsewhere.example' } }, 'tls-name'],
	] as const) {
		const wrong = await ask(url, options);
		t.deepEqual([wrong.verdict, wrong.reason], ['failed', reason], url);
		t.is(typeof wrong.certDays, 'number');
		t.is((await ask(url, { tls: { ...options, insecure: true } })).verdict, 'ok');
	}
	t.is((await ask(await at('other'), { tls: { ...tls, servername: 'other.example' } })).verdict, 'ok');
	const soon = await ask(good, { tls: { ...tls, warnDays: 50_000 } });
	t.is(soon.verdict, 'warning');
	t.regex(soon.detail ?? '', /ends in \d+ days/);
	t.is((await ask(await at('expired'), { tls: { insecure: true } })).certDays! < 0, true);
});

test('trust sets that are none', async (t) => {
	await t.throwsAsync(ask('tls://127.0.0.1:9', { tls: { ca: '/nowhere.pem' } }), { code: 'E_TLS' });
	await t.throwsAsync(ask('tls://127.0.0.1:9', { tls: { cert: file('good'), key: file('other') } }), { code: 'E_TLS' });
});

test('TLS where there is none, or none that answers', async (t) => {
	t.is((await ask(`tls://127.0.0.1:${await raw(t, (s) => void s.on('error', () => {}).write('HTTP/1.1 400 Bad\r\n\r\n'))}`)).reason, 'tls-failed');
	t.is((await ask(`tls://127.0.0.1:${await raw(t, () => {})}`, { timeoutMs: 80 })).reason, 'tls-timeout');
	t.is((await ask(`https://127.0.0.1:${await raw(t, (s) => s.destroy())}`)).reason, 'tls-failed');
});

test('a dialogue inside TLS', async (t) => {
	const port = await listen(
		t,
		createTlsServer(serve('good'), (s) => void s.on('data', (d) => s.write(`you said ${d}`))),
	);
	t.is((await ask(`tls://127.0.0.1:${port}?send=hi&expect=said+hi`, { tls })).verdict, 'ok');
});

test('HTTPS over one kept connection', async (t) => {
	let connections = 0;
	const server = createHttpsServer(serve('good'), (q, a) => a.end(q.url)).on('secureConnection', () => connections++);
	const port = await listen(t, server);
	const answers = await askAll(`https://127.0.0.1:${port}/x`, { tls, times: 3, keepBody: true });
	t.deepEqual(
		answers.map((a) => [a.verdict, a.fresh, Buffer.from(a.body as Uint8Array).toString()]),
		[
			['ok', true, '/x'],
			['ok', false, '/x'],
			['ok', false, '/x'],
		],
	);
	t.is(connections, 1);
	t.true((answers[0]?.phases.tls as number) > 0 && answers[1]?.phases.tls === null);
	t.is((await ask(`https://127.0.0.1:${port}/`)).reason, 'tls-untrusted');
	t.is((await ask(`https://127.0.0.1:${port}/`, { tls, more: { client: 'undici' } })).verdict, 'ok');
	t.is((await ask(`https://127.0.0.1:${port}/`, { more: { client: 'undici' } })).reason, 'tls-untrusted');
	// It speaks HTTP/1.1 alone.
	const h2 = await ask(`https://127.0.0.1:${port}/`, { tls, more: { http: '2' } });
	t.is(h2.verdict, 'failed');
});

test('HTTP/2: by ALPN, and by prior knowledge', async (t) => {
	for (const [scheme, server] of [
		['https', createSecureServer(serve('good'))],
		['http', createH2cServer()],
	] as const) {
		let sessions = 0;
		server
			.on('session', () => sessions++)
			.on('stream', (stream, headers) => {
				stream.on('error', () => {});
				const status = Number(/^\/(\d+)/.exec(headers[':path'] as string)?.[1] ?? 200);
				stream.respond({ ':status': status, 'x-method': headers[':method'] as string });
				stream.end('hello');
			});
		const port = await listen(t, server);
		const answers = await askAll(`${scheme}://127.0.0.1:${port}/`, { tls, times: 3, keepBody: true, more: { http: '2' } });
		for (const [i, a] of answers.entries()) {
			t.deepEqual(
				[a.verdict, a.status, a.fresh, a.headers?.['x-method'], Buffer.from(a.body as Uint8Array).toString()],
				['ok', 200, i === 0, 'GET', 'hello'],
				JSON.stringify(a),
			);
		}
		t.is(sessions, 1);
		const sad = await ask(`${scheme}://127.0.0.1:${port}/503`, { tls, more: { http: '2' }, method: 'POST', body: 'x' });
		t.deepEqual([sad.reason, sad.status], ['status', 503]);
		t.is((await ask(`${scheme}://127.0.0.1:${port}/`, { tls, maxBody: 3, more: { http: '2' } })).reason, 'too-large');
		await askAll(`${scheme}://127.0.0.1:${port}/`, { tls, times: 2, fresh: true, more: { http: '2' } });
		t.is(sessions, 5);
	}
});

/** A server of each protocol's talk before TLS. */
const TALKS: Record<string, { greeting: string; says: (heard: string) => string | null; begins: (heard: string) => boolean }> = {
	smtp: {
		greeting: '220-one\r\n220 two\r\n',
		says: (heard) => (heard.startsWith('EHLO') ? '250-x\r\n250 STARTTLS\r\n' : heard === 'STARTTLS\r\n' ? '220 go\r\n' : null),
		begins: (heard) => heard === 'STARTTLS\r\n',
	},
	imap: { greeting: '* OK ready\r\n', says: () => '* note\r\nd1 OK go\r\n', begins: () => true },
	pop3: { greeting: '+OK hi\r\n', says: () => '+OK go\r\n', begins: () => true },
	postgres: { greeting: '', says: (heard) => (heard.length === 8 ? 'S' : null), begins: () => true },
};

for (const [name, talk] of Object.entries(TALKS)) {
	test(`STARTTLS: ${name}`, async (t) => {
		const slowly = async (socket: Socket, text: string): Promise<void> => {
			for (const letter of text) {
				socket.write(letter);
				await new Promise((resolve) => setImmediate(resolve));
			}
		};
		const upgrading = await raw(t, async (socket) => {
			socket.on('error', () => {});
			await slowly(socket, talk.greeting);
			const hear = async (data: Buffer): Promise<void> => {
				const heard = data.toString('latin1');
				const answer = talk.says(heard);
				if (talk.begins(heard)) socket.off('data', hear);
				if (answer !== null) await slowly(socket, answer);
				if (talk.begins(heard)) new TLSSocket(socket, { isServer: true, ...serve('good') }).on('error', () => {}).on('data', (d) => void d);
			};
			socket.on('data', hear);
		});
		const answer = await ask(`tcp://127.0.0.1:${upgrading}?starttls=${name}`, { tls });
		t.is(answer.verdict, 'ok', JSON.stringify(answer));
		t.true((answer.certDays as number) > 30_000 && (answer.phases.tls as number) > 0);
		const refusing = await raw(t, (socket) => {
			socket
				.on('error', () => {})
				.on('data', () => socket.write(name === 'postgres' ? 'N' : name === 'imap' ? 'd1 NO\r\n' : name === 'pop3' ? '-ERR\r\n' : '502 no\r\n'));
			socket.write(talk.greeting);
		});
		t.is((await ask(`tcp://127.0.0.1:${refusing}?starttls=${name}`, { tls })).reason, 'tls-failed');
	});
}
