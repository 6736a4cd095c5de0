import type { Socket } from 'node:net';
import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { ask, askAll, canned, OK, raw } from './ask.js';

const PATIENCE_MS = 400;

/** What endpoints do to those who ask them. Each goes on for as long as it is let. */
const VILLAINS: Record<string, (socket: Socket) => void> = {
	'says nothing': () => {},
	'closes at once': (s) => s.destroy(),
	'resets at once': (s) => s.resetAndDestroy(),
	'half closes and is silent': (s) => s.end(),
	'drips a byte at a time': (s) => drip(s, 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'),
	'drips a body': (s) => {
		s.write('HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n');
		drip(s, 'x'.repeat(1000));
	},
	'endless headers': (s) => flood(s, 'HTTP/1.1 200 OK\r\n', 'A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n'),
	'one endless header': (s) => flood(s, 'HTTP/1.1 200 OK\r\nA:', 'b'.repeat(100)),
	'endless body': (s) => flood(s, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(100)),
	'endless chunks': (s) => flood(s, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
	'endless interim answers': (s) => flood(s, '', 'HTTP/1.1 102 Processing\r\n\r\n'),
	garbage: (s) => flood(s, '', '\x00\xff\x80garbage\r\n\r\n'),
	'an answer and then a flood': (s) => flood(s, OK, 'more'),
	'a TLS record': (s) => s.write('\x15\x03\x01\x00\x02\x02\x50', 'latin1'),
};
const drip = (socket: Socket, text: string): void => {
	let at = 0;
	const timer = setInterval(() => socket.write(text[at++ % text.length] as string), 5);
	socket.on('close', () => clearInterval(timer));
};
const flood = (socket: Socket, start: string, more: string): void => {
	socket.write(start, 'latin1');
	const block = more.repeat(Math.ceil(65_536 / more.length));
	const go = (): void => {
		while (!socket.destroyed && socket.write(block, 'latin1'));
	};
	socket.on('drain', go);
	go();
};

for (const [name, serve] of Object.entries(VILLAINS)) {
	test.serial(`HTTP, TCP, TLS, HTTP/2, undici: an endpoint that ${name}`, async (t) => {
		const port = await raw(t, (socket) => {
			socket.on('error', () => {});
			serve(socket);
		});
		const urls: [string, Record<string, string>][] = [
			[`http://127.0.0.1:${port}/`, {}],
			[`http://127.0.0.1:${port}/`, { http: '2' }],
			[`http://127.0.0.1:${port}/`, { client: 'undici' }],
			[`https://127.0.0.1:${port}/`, {}],
			[`tls://127.0.0.1:${port}`, {}],
			[`tcp://127.0.0.1:${port}?send=hi&expect=/never to be said/`, {}],
			[`tcp://127.0.0.1:${port}?starttls=smtp`, {}],
			[`tcp://127.0.0.1:${port}?starttls=imap`, {}],
			[`tcp://127.0.0.1:${port}?starttls=postgres`, {}],
		];
		await Promise.all(
			urls.map(async ([url, more]) => {
				const began = performance.now();
				const answers = await askAll(url, { more, timeoutMs: PATIENCE_MS, times: 2 });
				t.true(performance.now() - began < 20 * PATIENCE_MS, url);
				for (const answer of answers) {
					// Only an answer that came whole before the flood may be called good.
					if (answer.verdict === 'ok') t.true(name === 'an answer and then a flood' && url.startsWith('http:'), `${url} ${JSON.stringify(answer)}`);
					else t.truthy(answer.reason, url);
					t.not(answer.reason, 'local', `${url} ${JSON.stringify(answer)}`);
					t.true((answer.detail ?? '').length <= 200 && !/[\r\n\0]/.test(answer.detail ?? ''), answer.detail);
				}
			}),
		);
	});
}

test.serial('cut or reset at any byte', async (t) => {
	const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
	for (let n = 0; n <= answer.length; n += 3) {
		for (const end of [(s: Socket) => s.end(), (s: Socket) => s.resetAndDestroy()]) {
			const port = await canned(t, answer.slice(0, n), end);
			const found = await ask(`http://127.0.0.1:${port}/`, { timeoutMs: 5000 });
			if (n === answer.length) continue;
			t.is(found.verdict, 'failed', `${n}`);
			t.true(['closed', 'reset'].includes(found.reason as string), `${n} ${found.reason}`);
		}
	}
});

test.serial('random bytes', async (t) => {
	const random = rng(5);
	for (let n = 0; n < 30; n++) {
		const noise = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random.next() * 256)));
		const port = await canned(t, n % 2 ? Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), noise]) : noise, (s) => s.end());
		const [found, tcp, h2] = await Promise.all([
			ask(`http://127.0.0.1:${port}/`, { timeoutMs: 2000 }),
			ask(`tcp://127.0.0.1:${port}?send=x&expect=/never to be said/`, { timeoutMs: 2000 }),
			ask(`http://127.0.0.1:${port}/`, { timeoutMs: 2000, more: { http: '2' } }),
		]);
		for (const each of [found, tcp, h2]) t.is(each.verdict, 'failed');
	}
});

test.serial('a flood grows no memory', async (t) => {
	const port = await raw(t, (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(1000)));
	const before = process.memoryUsage().rss;
	for (let n = 0; n < 30; n++) t.is((await ask(`http://127.0.0.1:${port}/`, { maxBody: 1e6, keepBody: n % 2 === 0, timeoutMs: 5000 })).reason, 'too-large');
	t.true(process.memoryUsage().rss - before < 150e6);
});
