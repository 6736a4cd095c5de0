import test from 'ava';
import { type Rng, rng } from '../../src/model/rng.js';
import { Http1Parser, MAX_HEAD } from '../../src/wire/http1.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Feeds the text in the given cuts; returns one word per event, with the absolute position at which it came. */
const follow = (parser: Http1Parser, text: string, cuts: readonly number[] = []): string[] => {
	const all = bytes(text);
	const events: string[] = [];
	let from = 0;
	for (const to of [...cuts, all.length]) {
		const piece = all.slice(from, to);
		let at = 0;
		do {
			at = parser.step(piece, at, piece.length);
			const h = parser.head;
			if (parser.event === 'head') events.push(`head ${h.status || `${h.method} ${h.path}`} ${h.values.join()} ${h.keepAlive} @${from + at}`);
			else if (parser.event === 'end') events.push(`end @${from + at}`);
			else if (parser.event === 'opaque') events.push(`opaque ${parser.why}`);
		} while (at < piece.length || parser.event !== 'none');
		from = to;
	}
	return events;
};
const requests = (): Http1Parser => new Http1Parser(['x-daruma-id']);
const responses = (...methods: string[]): Http1Parser => new Http1Parser([], () => methods.shift() ?? 'GET');
const kinds = (events: string[]): string[] => events.map((e) => e.replace(/ @\d+$/, ''));

for (const [what, text, expected] of [
	['a GET', 'GET /task?n=1 HTTP/1.1\r\nHost: a\r\nX-Daruma-Id:  r7 \r\n\r\n', ['head GET /task?n=1 r7 true', 'end']],
	['a request without headers', 'GET / HTTP/1.0\r\n\r\n', ['head GET /  false', 'end']],
	['empty lines before a request', '\r\n\r\nGET / HTTP/1.1\r\n\r\n', ['head GET /  true', 'end']],
	['a body by length', 'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc', ['head POST /  true', 'end']],
	['a length of zero', 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n', ['head POST /  true', 'end']],
	['equal lengths twice', 'POST / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\nx', ['head POST /  true', 'end']],
	[
		'chunks with an extension and trailers',
		'PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3;x="y"\r\nabc\r\nA \r\n0123456789\r\n0\r\nx: y\r\n\r\n',
		['head PUT /  true', 'end'],
	],
	['a body that is cut short', 'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc', ['head POST /  true']],
	[
		'pipelined requests',
		'POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\nConnection: Close\r\n\r\n',
		['head POST /a  true', 'end', 'head GET /b  false', 'end'],
	],
	['HTTP/1.0 with keep-alive', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', ['head GET /  true', 'end']],
	['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03\x01', ['head CONNECT a:443  true', 'end', 'opaque connect']],
	['a TLS client hello', '\x16\x03\x01\x02\x00\x01\x00', ['opaque not HTTP/1']],
	['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ['opaque not HTTP/1']],
	['RESP', '*1\r\n$4\r\nPING\r\n', ['opaque not HTTP/1']],
	['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', ['opaque a LF without CR']],
	['a bare CR', 'GET / HTTP/1.1\r\nA: b\rc\r\n\r\n', ['opaque a CR without LF']],
	['a folded header', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n', ['opaque a folded header line']],
	['a space before the colon', 'POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n', ['opaque an invalid header name']],
	['a header line without a colon', 'GET / HTTP/1.1\r\nabc\r\nd: e\r\n\r\n', ['opaque a header line without a name']],
	['two different lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', ['opaque two different content lengths']],
	['a list of lengths', 'POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n', ['opaque a content length that is no number']],
	['a signed length', 'POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n', ['opaque a content length that is no number']],
	[
		'length and chunked (CL.TE)',
		'POST / HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG',
		['opaque both a content length and a transfer coding'],
	],
	['chunked that is not last', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n', ['opaque a transfer coding whose end cannot be found']],
	[
		'chunked twice',
		'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
		['opaque a transfer coding whose end cannot be found'],
	],
	['an obscured chunked', 'POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n', ['opaque a transfer coding whose end cannot be found']],
	['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', ['opaque a transfer coding in HTTP/1.0']],
	['a chunk size that is none', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', ['head POST /  true', 'opaque a chunk that cannot be read']],
	[
		'an endless chunk size',
		'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1111111111111111',
		['head POST /  true', 'opaque a chunk that cannot be read'],
	],
	['a chunk longer than it said', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab', ['head POST /  true', 'opaque a chunk that cannot be read']],
] as const) {
	test(`request: ${what}, at every cut`, (t) => {
		const whole = follow(requests(), text);
		t.deepEqual(kinds(whole), [...expected]);
		for (let cut = 1; cut < text.length; cut++) t.deepEqual(follow(requests(), text, [cut]), whole);
		t.deepEqual(
			follow(
				requests(),
				text,
				Array.from({ length: text.length }, (_, i) => i),
			),
			whole,
		);
	});
}

for (const [what, methods, text, expected] of [
	[
		'a length',
		['GET'],
		'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n',
		['head 200  true', 'end', 'head 404  true', 'end'],
	],
	['a status line without a reason', ['GET'], 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', ['head 200  true', 'end']],
	[
		'interim responses',
		['GET'],
		'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n',
		['head 100  true', 'head 103  true', 'head 204  true', 'end'],
	],
	[
		'HEAD',
		['HEAD', 'GET'],
		'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n',
		['head 200  true', 'end', 'head 304  true', 'end'],
	],
	['chunks', ['GET'], 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n', ['head 200  true', 'end']],
	['an upgrade', ['GET'], 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x01a', ['head 101  true', 'end', 'opaque upgrade']],
	['CONNECT accepted', ['CONNECT'], 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x16\x03', ['head 200  true', 'end', 'opaque connect']],
	['CONNECT refused', ['CONNECT'], 'HTTP/1.1 405 No\r\nContent-Length: 1\r\n\r\nx', ['head 405  true', 'end']],
	['a body until the close', ['GET'], 'HTTP/1.0 200 OK\r\n\r\nabc', ['head 200  false']],
	['no HTTP', ['GET'], '+PONG\r\n', ['opaque not HTTP/1']],
	['a status that is none', ['GET'], 'HTTP/1.1 20 OK\r\n\r\n', ['opaque not HTTP/1']],
] as const) {
	test(`response: ${what}, at every cut`, (t) => {
		const whole = follow(responses(...methods), text);
		t.deepEqual(kinds(whole), [...expected]);
		for (let cut = 1; cut < text.length; cut++) t.deepEqual(follow(responses(...methods), text, [cut]), whole);
	});
}

test('the close of the connection completes a body without length, and nothing else', (t) => {
	const until = responses();
	follow(until, 'HTTP/1.1 200 OK\r\n\r\nabc');
	t.is(until.finish(), 'end');
	t.is(until.finish(), 'none');
	const cut = responses();
	follow(cut, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc');
	t.is(cut.finish(), 'truncated');
	const head = requests();
	follow(head, 'GET / HTT');
	t.is(head.finish(), 'truncated');
	const idle = requests();
	follow(idle, 'GET / HTTP/1.1\r\n\r\n');
	t.is(idle.finish(), 'none');
});

test('a header block over 64 KiB is not followed', (t) => {
	const text = (n: number): string => `GET / HTTP/1.1\r\nA: ${'x'.repeat(n)}\r\n\r\n`;
	const rest = text(0).length;
	t.deepEqual(kinds(follow(requests(), text(MAX_HEAD - rest), [10, 40_000])), ['head GET /  true', 'end']);
	t.deepEqual(kinds(follow(requests(), text(MAX_HEAD - rest + 1), [10, 40_000])), ['opaque a header block over 64 KiB']);
});

/** A valid stream of requests, and the events that it must give. */
const stream = (chance: Rng): { text: string; expected: string[] } => {
	let text = '';
	const expected: string[] = [];
	const letters = (n: number): string => Array.from({ length: n }, () => String.fromCharCode(33 + Math.floor(chance.next() * 90))).join('');
	for (let i = 0; i < 5; i++) {
		const body = letters(Math.floor(chance.next() * 50));
		const id = `r${i}`;
		const head = (framing: string): string =>
			`POST /${i} HTTP/1.1\r\nx-pad: ${letters(Math.floor(chance.next() * 30))}\r\nX-Daruma-ID: ${id}\r\n${framing}\r\n`;
		const draw = chance.next();
		if (draw < 0.3) text += head('');
		else if (draw < 0.6) text += head(`Content-Length: ${body.length}\r\n`) + body;
		else {
			text += head('Transfer-Encoding: chunked\r\n');
			for (let at = 0; at < body.length; ) {
				const piece = body.slice(at, at + 1 + Math.floor(chance.next() * 20));
				text += `${piece.length.toString(16)}\r\n${piece}\r\n`;
				at += piece.length;
			}
			text += '0\r\n\r\n';
		}
		expected.push(`head POST /${i} ${id} true`, 'end');
	}
	return { text, expected };
};

test('any cuts of any valid stream give the same events at the same places', (t) => {
	for (let seed = 0; seed < 300; seed++) {
		const chance = rng(seed);
		const { text, expected } = stream(chance);
		const whole = follow(requests(), text);
		t.deepEqual(kinds(whole), expected, `seed ${seed}`);
		const cuts = Array.from({ length: 8 }, () => Math.floor(chance.next() * text.length)).sort((a, b) => a - b);
		t.deepEqual(follow(requests(), text, cuts), whole, `seed ${seed}`);
	}
});

test('garbage and damaged streams never throw, never stall, and keep at most one header block', (t) => {
	for (let seed = 0; seed < 300; seed++) {
		const chance = rng(seed).fork('fuzz');
		const parser = seed % 2 === 0 ? requests() : responses();
		const text = seed % 2 === 0 ? stream(chance).text : 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'.repeat(3);
		const damaged = bytes(text);
		for (let hits = 0; hits < 3; hits++) damaged[Math.floor(chance.next() * damaged.length)] = Math.floor(chance.next() * 256);
		for (let round = 0; round < 100; round++) {
			let at = 0;
			let steps = 0;
			do {
				at = parser.step(damaged, at, damaged.length);
				steps++;
			} while (at < damaged.length || parser.event !== 'none');
			t.true(steps <= damaged.length);
		}
		t.true(parser.keptBytes <= MAX_HEAD);
		parser.finish();
	}
});
