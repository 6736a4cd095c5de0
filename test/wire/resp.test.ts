import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { Malformed } from '../../src/wire/cut.js';
import { type Resp, RespError, readResp, respCommand } from '../../src/wire/resp.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

const GOOD: [string, Resp][] = [
	['+PONG\r\n', 'PONG'],
	['-NOAUTH Authentication required.\r\n', new RespError('NOAUTH Authentication required.')],
	[':-12\r\n', -12],
	['$5\r\nhello\r\n', 'hello'],
	['$2\r\n\r\n\r\n', '\r\n'],
	['$0\r\n\r\n', ''],
	['$-1\r\n', null],
	['*-1\r\n', null],
	['*0\r\n', []],
	['*3\r\n$6\r\nmaster\r\n:3129659\r\n*0\r\n', ['master', 3129659, []]],
	['_\r\n', null],
	['#t\r\n', true],
	[',3.5\r\n', 3.5],
	[',-inf\r\n', Number.NEGATIVE_INFINITY],
	['(3492890328409238509324850943850943825024385\r\n', 3492890328409238509324850943850943825024385n],
	['!21\r\nSYNTAX invalid syntax\r\n', new RespError('SYNTAX invalid syntax')],
	['=8\r\ntxt:Some\r\n', 'txt:Some'],
	['%1\r\n+a\r\n:1\r\n', ['a', 1]],
	['~1\r\n+a\r\n', ['a']],
	['>1\r\n+a\r\n', ['a']],
	['|1\r\n+ttl\r\n:3600\r\n+x\r\n', 'x'],
];

test('every type, whole, with the rest left alone', (t) => {
	for (const [text, value] of GOOD) {
		const cut = readResp(bytes(`${text}rest`));
		t.deepEqual(cut, { value, length: text.length }, text);
	}
});

test('cut anywhere, it waits', (t) => {
	for (const [text] of GOOD) for (let n = 0; n < text.length; n++) t.is(readResp(bytes(text.slice(0, n))), null, `${text} ${n}`);
});

test('what can be no reply', (t) => {
	for (const text of [
		'HTTP/1.1 200 OK\r\n',
		'PONG\r\n',
		'\x00',
		'+a\n',
		'$x\r\n',
		'$-2\r\n',
		'$2\r\nabc\r\n',
		'$99999999999\r\n',
		'*9999999\r\n',
		':1.5\r\n',
		'#x\r\n',
		',one\r\n',
		'*1\r\n'.repeat(20),
		`+${'x'.repeat(20_000)}`,
		`*4000\r\n${'*4000\r\n'.repeat(3)}`,
		'|99999\r\n',
	])
		t.throws(() => readResp(bytes(text)), { instanceOf: Malformed }, text.slice(0, 40));
});

test('random bytes never end in anything else', (t) => {
	const random = rng(3);
	const alphabet = bytes('+-:$*_#,(!=%~>|0123456789\r\nabc\x00\xff');
	for (let n = 0; n < 20_000; n++) {
		const noise = Uint8Array.from({ length: 1 + Math.floor(random.next() * 40) }, () => alphabet[Math.floor(random.next() * alphabet.length)] as number);
		try {
			const cut = readResp(noise);
			t.true(cut === null || (cut.length > 0 && cut.length <= noise.length));
		} catch (error) {
			t.true(error instanceof Malformed, String(error));
		}
	}
});

test('a command is an array of bulk strings, counted in bytes', (t) => {
	t.is(Buffer.from(respCommand('AUTH', 'ü', 'a\r\nb')).toString(), '*3\r\n$4\r\nAUTH\r\n$2\r\nü\r\n$4\r\na\r\nb\r\n');
});
