import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { ask, canned } from './ask.js';

/**
 * The lean path and undici ask the same random servers. Both must be of one mind: the same status and body, or both fail.
 * Where they may differ is written down, with the reason.
 */
const MAY_DIFFER: readonly { why: string; when: (answer: string) => boolean }[] = [
	{ why: 'the same length twice: RFC 9112 (6.3) lets a recipient take it, llhttp does not', when: (a) => (a.match(/content-length/gi) ?? []).length > 1 },
	{
		why: 'a 204 or 304 with a length has no body (RFC 9112, 6.3); undici misses one',
		when: (a) => /^HTTP\/1\.\d (?:204|304)/m.test(a) && /content-length/i.test(a),
	},
	{
		why: 'what follows a complete answer: undici may see the error before the end',
		when: (a) => /\r\n\r\n(?:abc|abcde)[\s\S]+$/.test(a) && !/chunked/i.test(a),
	},
	{ why: 'no reason phrase and no blank: llhttp takes it only since 9', when: (a) => /^HTTP\/1\.\d \d{3}\r\n/.test(a) },
	{
		why: 'a transfer coding in HTTP/1.0 (RFC 9112, 6.1: treat the framing as faulty): llhttp reads it',
		when: (a) => a.startsWith('HTTP/1.0') && /transfer-encoding/i.test(a),
	},
	{
		why: 'a transfer coding without chunked lasts until the end: llhttp does the same, but undici hides which',
		when: (a) => /transfer-encoding: gzip/i.test(a),
	},
];

test('the lean path and undici are of one mind about random answers', async (t) => {
	const random = rng(23);
	const pick = <T>(of: readonly T[]): T => of[Math.floor(random.next() * of.length)] as T;
	const LINES = [
		'Content-Length: 3',
		'content-length: 5',
		'Transfer-Encoding: chunked',
		'Connection: close',
		'Server: x',
		'X: \t y ',
		'Set-Cookie: a',
		'transfer-encoding: gzip',
		'A\x01: b',
		'B: c\0d',
		' folded: x',
		'no colon',
	];
	const BODIES = ['abc', 'abcde', '3\r\nabc\r\n0\r\n\r\n', '5;e=1\r\nabcde\r\n0\r\nT: x\r\n\r\n', '', '0\r\n\r\n', 'g\r\n', '2\r\nabc\r\n0\r\n\r\n'];
	const seen = { ok: 0, failed: 0, allowed: 0 };
	for (let n = 0; n < 250; n++) {
		const headers = Array.from({ length: Math.floor(random.next() * 4) }, () => pick(LINES));
		const interim = random.next() < 0.15 ? 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' : '';
		const answer = `${interim}HTTP/1.${pick([0, 1, 1, 1])} ${pick([200, 200, 204, 304, 404, 503])} ${pick(['OK', '', 'a b'])}\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n${pick(BODIES)}`;
		const port = await canned(t, answer, (socket) => socket.end());
		const url = `http://127.0.0.1:${port}/`;
		const [lean, undici] = await Promise.all([
			ask(url, { keepBody: true, fresh: true, timeoutMs: 5000, more: { connection: 'close' } }),
			ask(url, { keepBody: true, fresh: true, timeoutMs: 5000, more: { client: 'undici' } }),
		]);
		const whole = (a: typeof lean): unknown =>
			a.verdict === 'ok' || a.reason === 'status' ? [a.status, Buffer.from(a.body ?? []).toString('latin1')] : 'failed';
		const [mine, theirs] = [whole(lean), whole(undici)];
		if (JSON.stringify(mine) !== JSON.stringify(theirs) && MAY_DIFFER.some(({ when }) => when(answer))) {
			seen.allowed++;
			continue;
		}
		t.deepEqual(mine, theirs, `${JSON.stringify(answer)} lean: ${lean.reason} ${lean.detail}, undici: ${undici.reason} ${undici.detail}`);
		seen[mine === 'failed' ? 'failed' : 'ok']++;
	}
	t.true(seen.ok > 60 && seen.failed > 60 && seen.allowed < 60, JSON.stringify(seen));
});
