import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { Malformed } from '../../src/wire/cut.js';
import { DNS_TYPES, dnsLabels, dnsQuery, dnsRcodeName, readDns } from '../../src/wire/dns.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
/** example.org at offset 12. */
const EXAMPLE = '07 6578616d706c65 03 6f7267 00';
const head = (answers: number, flags = '8180'): string => `abcd ${flags} 0001 ${answers.toString(16).padStart(4, '0')} 0000 0000`;
const record = (type: number, data: string, owner = 'c00c'): string => {
	const size = data.replace(/\s/g, '').length / 2;
	return `${owner} ${type.toString(16).padStart(4, '0')} 0001 0000003c ${size.toString(16).padStart(4, '0')} ${data}`;
};
const message = (type: number, ...data: string[]): Uint8Array =>
	hex(`${head(data.length)} ${EXAMPLE} ${type.toString(16).padStart(4, '0')} 0001 ${data.map((d) => record(type, d)).join('')}`);

test('a question: RFC 1035, 4.1, with EDNS and without', (t) => {
	const plain = `1234 0100 0001 0000 0000 0000 ${EXAMPLE} 001c 0001`;
	t.deepEqual(dnsQuery(0x1234, { name: 'example.org', type: 28 }, 0), hex(plain));
	t.deepEqual(
		dnsQuery(0x1234, { name: 'example.org.', type: 28 }, 1232),
		hex(`${plain.replace('0000 0000 0000', '0000 0000 0001')} 00 0029 04d0 00000000 0000`),
	);
	t.deepEqual(dnsQuery(0, { name: '', type: 2 }, 0), hex('0000 0100 0001 0000 0000 0000 00 0002 0001'));
	t.throws(() => dnsQuery(0, { name: 'a..b', type: 1 }, 0), { instanceOf: RangeError });
	for (const [name, fits] of [
		['a'.repeat(63), true],
		['a'.repeat(64), false],
		[`${'a'.repeat(62)}.`.repeat(4), true],
		[`${'a'.repeat(63)}.`.repeat(4), false],
		['ü', false],
		['a b', false],
		['.', true],
	] as const)
		t.is(dnsLabels(name) !== null, fits, name);
});

test('every kind of data, as in a zone file', (t) => {
	for (const [type, data, text] of [
		['A', '0a000001', '10.0.0.1'],
		['AAAA', '20010db8 00000000 00000000 00000001', '2001:db8::1'],
		['AAAA', '00'.repeat(16), '::'],
		['AAAA', '0001 0000 0002 0000 0000 0003 0000 0000', '1:0:2::3:0:0'],
		['AAAA', '0001 0002 0003 0004 0005 0006 0000 0008', '1:2:3:4:5:6:0:8'],
		['NS', '026e73 c00c', 'ns.example.org.'],
		['CNAME', '00', '.'],
		['PTR', '02612e 00', 'a\\..'],
		['MX', '000a 04 6d61696c c00c', '10 mail.example.org.'],
		['SRV', '0001 0002 1f90 0161 00', '1 2 8080 a.'],
		['SOA', 'c00c c00c 00000001 00000002 00000003 00000004 00000005', 'example.org. example.org. 1 2 3 4 5'],
		['TXT', '03 612262 00 01ff', '"a\\"b" "" "\\255"'],
		['CAA', '00 05 6973737565 63612e', '0 issue "ca."'],
		['HTTPS', '0001 00', '\\# 3 000100'],
	] as const) {
		const found = readDns(message(DNS_TYPES[type] as number, data));
		t.deepEqual(found.answers, [{ name: 'example.org', type: DNS_TYPES[type] as number, ttl: 60, data: text }], type);
		t.deepEqual([found.id, found.isResponse, found.truncated, found.rcode], [0xabcd, true, false, 0]);
		t.deepEqual(found.questions, [{ name: 'example.org', type: DNS_TYPES[type] as number, class: 1 }]);
	}
});

test('rcodes, with EDNS its upper bits', (t) => {
	t.is(readDns(hex('0001 8183 0000 0000 0000 0000')).rcode, 3);
	t.is(readDns(hex('0001 8180 0000 0000 0000 0001 00 0029 04d0 01 000000 0000')).rcode, 16);
	t.deepEqual([3, 5, 11, 16].map(dnsRcodeName), ['NXDOMAIN', 'REFUSED', 'RCODE11', 'BADVERS']);
});

test('truncated: what was cut off is not missed', (t) => {
	const whole = message(1, '0a000001', '0a000002');
	const cut = whole.slice(0, -3);
	t.throws(() => readDns(cut), { instanceOf: Malformed });
	cut[2] = (cut[2] as number) | 2;
	t.true(readDns(cut).truncated);
});

test('a name that points in circles, forward, or out', (t) => {
	for (const [why, bytes] of [
		['at itself', `${head(1)} ${EXAMPLE} 0001 0001 c01d 0001 0001 00000000 0004 0a000001`],
		['forward', `${head(1)} ${EXAMPLE} 0001 0001 c020 0001 0001 00000000 0004 0a000001`],
		['two that point at each other', `${head(1)} c00e c00c 0001 0001`],
		['past the end', `${head(1)} ${EXAMPLE} 0001 0001 ffff 0001 0001 00000000 0004 0a000001`],
		['a label past the end', `${head(0)} 3f61`],
		['a label of another kind', `${head(0)} 8061 00 0001 0001`],
		['too long', `${head(0)} ${`3f${'61'.repeat(63)}`.repeat(5)} 00 0001 0001`],
		['data longer than the message', `${head(1)} ${EXAMPLE} 0001 0001 c00c 0001 0001 00000000 ffff 0a000001`],
		['an A of 3 bytes', `${head(1)} ${EXAMPLE} 0001 0001 ${record(1, '0a0000')}`],
		['a name longer than its data', `${head(1)} ${EXAMPLE} 0002 0001 ${record(2, '0261')} 6200`],
		['a text longer than its data', `${head(1)} ${EXAMPLE} 0010 0001 ${record(16, 'ff61')}`],
		['65535 answers', `abcd 8180 0001 ffff 0000 0000 ${EXAMPLE} 0001 0001`],
		['no head', 'abcd'],
		['nothing', ''],
	] as const)
		t.throws(() => readDns(hex(bytes)), { instanceOf: Malformed }, why);
});

test('any bytes changed or cut: read or refused, never anything else', (t) => {
	const random = rng(9);
	const samples = [message(16, '03616263', '0161'), message(33, '000100021f90c00c'), message(6, 'c00cc00c0000000100000002000000030000000400000005')];
	for (let n = 0; n < 20_000; n++) {
		const bytes = Uint8Array.from(samples[n % samples.length] as Uint8Array);
		for (let k = 0; k < 1 + (n % 4); k++) bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
		try {
			readDns(bytes.subarray(0, n % 3 ? bytes.length : Math.floor(random.next() * bytes.length)));
		} catch (error) {
			if (!(error instanceof Malformed)) t.fail(String((error as Error).stack));
		}
	}
	t.pass();
});
