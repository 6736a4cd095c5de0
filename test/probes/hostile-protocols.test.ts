import type { Socket } from 'node:net';
import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { ask, askAll, raw } from './ask.js';

const PATIENCE_MS = 300;

const urls = (port: number): string[] => [
	`redis://127.0.0.1:${port}`,
	`redis://me:pw@127.0.0.1:${port}/1?role=master`,
	`rediss://127.0.0.1:${port}`,
	`postgres://127.0.0.1:${port}`,
	`postgres://me:pw@127.0.0.1:${port}?sslmode=disable`,
	`thrift://127.0.0.1:${port}`,
	`thrift://127.0.0.1:${port}?protocol=compact&transport=buffered`,
	`dns://127.0.0.1:${port}/x?tcp=1`,
];

const drip = (socket: Socket, text: string): void => {
	let at = 0;
	const timer = setInterval(() => socket.write(text[at++ % text.length] as string, 'latin1'), 5);
	socket.on('close', () => clearInterval(timer));
};
const flood = (socket: Socket, start: string, more: string): void => {
	socket.write(start, 'latin1');
	const block = Buffer.from(more.repeat(Math.ceil(65_536 / more.length)), 'latin1');
	const go = (): void => {
		while (!socket.destroyed && socket.write(block));
	};
	socket.on('drain', go);
	go();
};
/** After the client's first word. */
const asked = (serve: (socket: Socket) => void) => (socket: Socket) => void socket.once('data', () => serve(socket));

/** What endpoints do to those who ask them. Each goes on for as long as it is let. */
const VILLAINS: Record<string, (socket: Socket) => void> = {
	'says nothing': () => {},
	'closes at once': (s) => s.destroy(),
	'resets at once': (s) => s.resetAndDestroy(),
	'half closes and is silent': (s) => s.end(),
	'closes when asked': asked((s) => s.end()),
	'resets when asked': asked((s) => s.resetAndDestroy()),
	'floods zeros': (s) => flood(s, '', '\0'),
	'floods 0xff': (s) => flood(s, '', '\xff'),
	'floods HTTP': asked((s) => flood(s, '', 'HTTP/1.1 400 Bad Request\r\n\r\n')),
	'floods one line for Redis': (s) => flood(s, '+', 'x'),
	'floods nested arrays for Redis': (s) => flood(s, '', '*1\r\n'),
	'promises Redis a long string': (s) => flood(s, '$500000000\r\n', 'x'),
	'drips arrays for Redis': (s) => drip(s, `*4000\r\n${':1\r\n'.repeat(1000)}`),
	'floods notices for PostgreSQL': asked((s) => flood(s, 'N', 'N\0\0\0\x06\0\0')),
	'floods empty notices for PostgreSQL': asked((s) => flood(s, '', 'N\0\0\0\x04')),
	'floods parameters for PostgreSQL': asked((s) => flood(s, 'R\0\0\0\x08\0\0\0\0', 'S\0\0\0\x08a\0b\0')),
	'promises PostgreSQL a long error': asked((s) => flood(s, 'E\x3f\0\0\0', 'x')),
	'floods rows for PostgreSQL': asked((s) => flood(s, 'R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'D\0\0\0\x06\0\0')),
	'asks PostgreSQL for a password again and again': (s) => void s.on('data', () => s.write('R\0\0\0\x08\0\0\0\x03')),
	'promises Thrift a long frame': (s) => flood(s, '\0\xf0\0\0', 'x'),
	'floods nested lists for Thrift': (s) => flood(s, '\x82\x41\x01\x04ping\x09\0', '\x19'),
	'floods empty fields for Thrift': (s) => flood(s, '\x82\x41\x01\x04ping', '\x11'),
	'floods DNS frames': (s) => flood(s, '', '\xff\xff\x80'),
	'says a TLS alert': (s) => s.write('\x15\x03\x01\x00\x02\x02\x50', 'latin1'),
};

for (const [name, serve] of Object.entries(VILLAINS)) {
	test.serial(`Redis, PostgreSQL, Thrift, DNS: an endpoint that ${name}`, async (t) => {
		const port = await raw(t, (socket) => {
			socket.on('error', () => {});
			serve(socket);
		});
		await Promise.all(
			urls(port).map(async (url) => {
				for (const answer of await askAll(url, { timeoutMs: PATIENCE_MS, times: 2, maxBody: 100_000 })) {
					// A server that asks for a password is alive, for those who gave none.
					if (answer.verdict === 'ok') t.true(/asks for a password/.test(answer.detail ?? ''), `${url} ${JSON.stringify(answer)}`);
					else t.truthy(answer.reason, url);
					t.not(answer.reason, 'local', `${url} ${JSON.stringify(answer)}`);
					t.true((answer.detail ?? '').length <= 200 && !/[\r\n\0]/.test(answer.detail ?? ''), answer.detail);
					// One read after the limit at most.
					t.true(answer.bytes.received <= 100_000 + 65_536 + 65_536, url);
				}
			}),
		);
	});
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
/** Good answers to the first question of each; for those of one round trip. */
const CANNED: [string, Buffer][] = [
	['redis:', latin1('+PONG\r\n')],
	['thrift:', latin1('\0\0\0\x11\x80\x01\0\x02\0\0\0\x04ping\0\0\0\x01\0')],
	['postgres:', latin1('E\0\0\0\x26SFATAL\0C57P03\0Mstarting up, wait\0\0')],
];

test.serial('cut or reset at any byte', async (t) => {
	for (const [protocol, answer] of CANNED) {
		for (let n = 0; n <= answer.length; n += protocol === 'postgres:' ? 4 : 1) {
			for (const end of [(s: Socket) => s.end(), (s: Socket) => s.resetAndDestroy()]) {
				const port = await raw(t, (socket) => {
					socket
						.on('error', () => {})
						.once('data', () => {
							if (n > 0) socket.write(answer.subarray(0, n), () => end(socket));
							else end(socket);
						});
				});
				const found = await ask(`${protocol}//127.0.0.1:${port}?sslmode=disable`, { timeoutMs: 5000 });
				if (n === answer.length) continue;
				t.true(found.verdict === 'failed' && ['closed', 'reset'].includes(found.reason as string), `${protocol} ${n} ${JSON.stringify(found)}`);
			}
		}
	}
});

test.serial('random bytes, and good answers with bytes changed', async (t) => {
	const random = rng(11);
	const byte = (): number => Math.floor(random.next() * 256);
	for (let n = 0; n < 40; n++) {
		const [, good] = CANNED[n % CANNED.length] as (typeof CANNED)[number];
		const bytes = n % 2 ? Buffer.from(Array.from({ length: 200 }, byte)) : Buffer.from(good);
		bytes[Math.floor(random.next() * bytes.length)] = byte();
		const port = await raw(t, (socket) => {
			socket.on('error', () => {}).on('data', () => socket.end(bytes));
		});
		for (const answer of await Promise.all(urls(port).map((url) => ask(url, { timeoutMs: 2000 }))))
			t.true(answer.verdict !== 'failed' || answer.reason !== undefined);
	}
});

test.serial('floods grow no memory', async (t) => {
	const before = process.memoryUsage().rss;
	for (const start of ['$500000000\r\n', '\0\xf0\0\0', 'R\0\0\0\x08\0\0\0\0Z\0\0\0\x05IE\x3f\0\0\0']) {
		const port = await raw(t, (socket) =>
			flood(
				socket.on('error', () => {}),
				start,
				'x'.repeat(1000),
			),
		);
		for (let n = 0; n < 5; n++) await Promise.all(urls(port).map((url) => ask(url, { maxBody: 1e6, timeoutMs: 2000 })));
	}
	t.true(process.memoryUsage().rss - before < 200e6);
});

test.serial('a reply that comes byte by byte is read', async (t) => {
	for (const [protocol, answer] of CANNED) {
		const port = await raw(t, (socket) => {
			socket.setNoDelay(true).on('error', () => {});
			socket.once('data', () => {
				let at = 0;
				const timer = setInterval(() => (at < answer.length ? socket.write(answer.subarray(at, ++at)) : clearInterval(timer)), 2);
				socket.on('close', () => clearInterval(timer));
			});
		});
		const found = await ask(`${protocol}//127.0.0.1:${port}?sslmode=disable`);
		t.deepEqual([found.verdict, found.reason], protocol === 'postgres:' ? ['failed', 'not-serving'] : ['ok', undefined], protocol);
		t.is(found.bytes.received, answer.length);
	}
});
