import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { Malformed } from '../../src/wire/cut.js';
import {
	pgAuthentication,
	pgFields,
	pgPassword,
	pgQuery,
	pgRow,
	pgSaslInitial,
	pgSaslResponse,
	pgSslRequest,
	pgStartup,
	pgTerminate,
	readPg,
	readPgSsl,
} from '../../src/wire/pg.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('what a client says', (t) => {
	t.is(latin1(pgSslRequest()), '\0\0\0\x08\x04\xd2\x16\x2f');
	t.is(
		latin1(pgStartup({ user: 'me', database: 'db' })),
		'\0\0\0\x1b\0\x03\0\0user\0me\0database\0db\0\0'.replace('\x1b', String.fromCharCode(4 + 4 + 5 + 3 + 9 + 3 + 1)),
	);
	t.is(latin1(pgPassword('ü')), 'p\0\0\0\x07\xc3\xbc\0');
	t.is(latin1(pgSaslInitial('SCRAM-SHA-256', 'n,,')), 'p\0\0\0\x19SCRAM-SHA-256\0\0\0\0\x03n,,');
	t.is(latin1(pgSaslResponse('c=biws')), 'p\0\0\0\x0ac=biws');
	t.is(latin1(pgQuery('SELECT 1')), 'Q\0\0\0\x0dSELECT 1\0');
	t.is(latin1(pgTerminate()), 'X\0\0\0\x04');
	t.throws(() => pgQuery('SELECT 1\0; DROP'), { instanceOf: RangeError });
});

test('messages, cut anywhere', (t) => {
	const whole = 'Z\0\0\0\x05I';
	for (let n = 0; n < whole.length; n++) t.is(readPg(bytes(whole.slice(0, n))), null);
	const cut = readPg(bytes(`${whole}rest`));
	t.deepEqual([cut?.value.type, latin1(cut?.value.body as Uint8Array), cut?.length], ['Z', 'I', 6]);
	for (const wrong of ['HTTP/1.1 400', 'Z\0\0\0\x03', 'Z\x7f\0\0\0', 'D\x7f\xff\xff\xff', '\0\0\0\0\0']) {
		if (wrong.startsWith('H')) continue;
		t.throws(() => readPg(bytes(wrong)), { instanceOf: Malformed }, wrong);
	}
	t.throws(() => readPg(bytes('HTTP/1.1 400 Bad Request')), { instanceOf: Malformed });
	t.deepEqual(
		['S', 'N', 'E'].map((answer) => readPgSsl(bytes(`${answer}x`))?.length),
		[1, 1, 0],
	);
	t.is(readPgSsl(bytes('')), null);
	t.throws(() => readPgSsl(bytes('H')), { instanceOf: Malformed });
});

test('what is in them', (t) => {
	t.deepEqual(pgFields(bytes('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0')), {
		S: 'FATAL',
		V: 'FATAL',
		C: '57P03',
		M: 'the database system is starting up',
	});
	t.deepEqual(pgAuthentication(bytes('\0\0\0\0')), { kind: 'ok' });
	t.deepEqual(pgAuthentication(bytes('\0\0\0\x03')), { kind: 'cleartext' });
	t.deepEqual(pgAuthentication(Uint8Array.from(bytes('\0\0\0\x05abcd'))), { kind: 'md5', salt: Uint8Array.from(bytes('abcd')) });
	t.deepEqual(pgAuthentication(bytes('\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0')), {
		kind: 'sasl',
		mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
	});
	t.deepEqual(pgAuthentication(bytes('\0\0\0\x0br=x')), { kind: 'sasl-continue', data: 'r=x' });
	t.deepEqual(pgAuthentication(bytes('\0\0\0\x07')), { kind: 'other', name: 'GSSAPI' });
	t.deepEqual(pgRow(bytes('\0\x03\0\0\0\x01t\xff\xff\xff\xff\0\0\0\0')), ['t', null, '']);
	for (const wrong of ['', '\0\0', '\0\0\0\x05a', '\0\0\0\x0aSCRAM']) t.throws(() => pgAuthentication(bytes(wrong)), { instanceOf: Malformed });
	for (const wrong of ['', '\xff\xff', '\0\x01\0\0\0\x05ab']) t.throws(() => pgRow(bytes(wrong)), { instanceOf: Malformed });
	t.throws(() => pgFields(bytes('Mno end')), { instanceOf: Malformed });
});

test('random bytes: read or refused, never anything else', (t) => {
	const random = rng(6);
	for (let n = 0; n < 20_000; n++) {
		const noise = Uint8Array.from({ length: 1 + Math.floor(random.next() * 30) }, () => Math.floor(random.next() * 256));
		if (n % 2) noise.set([0, 0, 0, Math.floor(random.next() * 30)].slice(0, noise.length - 1), 1);
		for (const read of [readPg, pgFields, pgAuthentication, pgRow, readPgSsl]) {
			try {
				read(noise);
			} catch (error) {
				if (!(error instanceof Malformed)) t.fail(String((error as Error).stack));
			}
		}
	}
	t.pass();
});
