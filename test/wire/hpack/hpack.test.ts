import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import { type Field, fieldSize } from '../../../src/wire/hpack/field.js';
import { huffmanDecode, huffmanEncode, huffmanLength } from '../../../src/wire/hpack/huffman.js';
import { fields, randomFields } from './random-fields.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const read = (decoder: HpackDecoder, block: Uint8Array): readonly Field[] | string => {
	const decoded = decoder.decode(block);
	return decoded.ok ? decoded.fields : decoded.why;
};

// RFC 7541, appendix C: [hex, fields, size of the dynamic table behind it].
type Example = [block: string, list: Field[], size: number];
const REQUESTS = [
	fields([':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com']),
	fields([':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com'], ['cache-control', 'no-cache']),
	fields([':method', 'GET'], [':scheme', 'https'], [':path', '/index.html'], [':authority', 'www.example.com'], ['custom-key', 'custom-value']),
] as [Field[], Field[], Field[]];
const answer = (status: string, second: string): Field[] =>
	fields([':status', status], ['cache-control', 'private'], ['date', `Mon, 21 Oct 2013 20:13:${second} GMT`], ['location', 'https://www.example.com']);
const RESPONSES = [
	answer('302', '21'),
	answer('307', '21'),
	[...answer('200', '22'), ...fields(['content-encoding', 'gzip'], ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'])],
] as [Field[], Field[], Field[]];
const EXAMPLES: [string, number, Example[]][] = [
	['C.2.1', 4096, [['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', fields(['custom-key', 'custom-header']), 55]]],
	['C.2.2', 4096, [['040c 2f73 616d 706c 652f 7061 7468', fields([':path', '/sample/path']), 0]]],
	['C.2.3', 4096, [['1008 7061 7373 776f 7264 0673 6563 7265 74', [{ name: 'password', value: 'secret', never: true }], 0]]],
	['C.2.4', 4096, [['82', fields([':method', 'GET']), 0]]],
	[
		'C.3',
		4096,
		[
			['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', REQUESTS[0], 57],
			['8286 84be 5808 6e6f 2d63 6163 6865', REQUESTS[1], 110],
			['8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', REQUESTS[2], 164],
		],
	],
	[
		'C.4',
		4096,
		[
			['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', REQUESTS[0], 57],
			['8286 84be 5886 a8eb 1064 9cbf', REQUESTS[1], 110],
			['8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', REQUESTS[2], 164],
		],
	],
	[
		'C.5',
		256,
		[
			[
				'4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
				RESPONSES[0],
				222,
			],
			['4803 3330 37c1 c0bf', RESPONSES[1], 222],
			[
				'88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
				RESPONSES[2],
				215,
			],
		],
	],
	[
		'C.6',
		256,
		[
			[
				'4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
				RESPONSES[0],
				222,
			],
			['4883 640e ffc1 c0bf', RESPONSES[1], 222],
			[
				'88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
				RESPONSES[2],
				215,
			],
		],
	],
];
for (const [name, tableSize, examples] of EXAMPLES) {
	test(`RFC 7541, ${name}`, (t) => {
		const decoder = new HpackDecoder(tableSize);
		for (const [block, list, size] of examples) {
			t.deepEqual(read(decoder, hex(block)), list);
			t.is(decoder.tableSize, size);
		}
	});
}

for (const [what, block, why] of [
	['index 0', '80', 'an index that is in no table'],
	['an index beyond the tables', 'be', 'an index that is in no table'],
	['a name beyond the tables', '7f00 0161', 'an index that is in no table'],
	['a number without its end', 'ff80 80', 'a block that ends inside a number'],
	['a number beyond all bounds', 'ff80 8080 8080 8080 8001', 'a number that is too large'],
	['a text without its end', '400a 61', 'a block that ends inside a text'],
	['a field without its value', '4001 61', 'a block that ends inside a field'],
	['Huffman padding of zeros', '0081 1000', 'a text whose Huffman code is wrong'],
	['Huffman padding of a whole byte', '0082 1fff 00', 'a text whose Huffman code is wrong'],
	['EOS', '0084 ffff ffff 00', 'a text whose Huffman code is wrong'],
	['a table larger than allowed', '3fe2 1f', 'a table larger than allowed'],
	['a size update behind a field', '8220', 'a table size update behind a field'],
] as const) {
	test(`a decoder refuses ${what}, and everything after it`, (t) => {
		const decoder = new HpackDecoder();
		t.is(read(decoder, hex(block)), why);
		t.is(read(decoder, hex('82')), why);
	});
}

test('a smaller table must be acknowledged at the beginning of a block', (t) => {
	const decoder = new HpackDecoder();
	decoder.setTableLimit(100);
	t.deepEqual(read(decoder, hex('3f45 82')), fields([':method', 'GET']));
	const another = new HpackDecoder();
	another.setTableLimit(100);
	t.is(read(another, hex('82')), 'a smaller table was not acknowledged');
});

test('Huffman: every byte, and random texts, there and back', (t) => {
	const chance = rng(1);
	for (let n = 0; n < 2000; n++) {
		let text = n < 256 ? String.fromCharCode(n) : '';
		const length = n < 256 ? 0 : Math.floor(chance.next() * 60);
		for (let i = 0; i < length; i++) text += String.fromCharCode(Math.floor(chance.next() * 256));
		const out = new Uint8Array(huffmanLength(text) + 1);
		t.is(huffmanEncode(text, out, 0), out.length - 1);
		if (huffmanDecode(out, 0, out.length - 1) !== text) t.fail(JSON.stringify(text));
	}
});

for (const options of [{}, { tableSize: 0 }, { huffman: false }, { tableSize: 200 }, { tableSize: 65_536 }]) {
	test(`an encoder with ${JSON.stringify(options)} and a decoder agree while the table's limit moves`, (t) => {
		const chance = rng(7);
		const encoder = new HpackEncoder(options);
		const decoder = new HpackDecoder();
		let largest = 0;
		for (let n = 0; n < 1500; n++) {
			if (chance.next() < 0.05) {
				const limits = Array.from({ length: 1 + Math.floor(chance.next() * 3) }, () => Math.floor(chance.next() ** 3 * 70_000));
				for (const limit of limits) {
					encoder.setTableLimit(limit);
					decoder.setTableLimit(limit);
				}
			}
			const list = randomFields(chance);
			const block = encoder.encode(list);
			const decoded = read(decoder, block);
			if (typeof decoded === 'string') return t.fail(`${n}: ${decoded}`);
			if (JSON.stringify(decoded) !== JSON.stringify(list)) t.deepEqual(decoded, list);
			largest = Math.max(largest, decoder.tableSize);
		}
		if (options.tableSize === 0) t.is(largest, 0);
		else t.true(largest > 100 && largest <= (options.tableSize ?? 4096), `${largest}`);
	});
}

test('a dynamic table makes what comes again short; never-indexed fields stay out of it', (t) => {
	const encoder = new HpackEncoder();
	const list = fields([':method', 'GET'], ['user-agent', 'a long name of some program/1.0'], ['x-task', 'the same again']);
	const first = encoder.encode(list).length;
	t.true(first > 30);
	t.is(encoder.encode(list).length, 3);
	const secret = [{ name: 'authorization', value: 'Bearer abc', never: true }];
	t.is(encoder.encode(secret).length, encoder.encode(secret).length);
	t.is((encoder.encode(secret)[0] as number) & 0xf0, 0x10);
});

test('a list beyond its limit is read to its end, so that the next block still can be', (t) => {
	const encoder = new HpackEncoder();
	const decoder = new HpackDecoder(4096, 1000);
	const many = Array.from({ length: 40 }, (_, i) => ({ name: `x-${i}`, value: 'y'.repeat(20) }));
	const decoded = decoder.decode(encoder.encode(many));
	t.true(decoded.ok && decoded.tooLarge && decoded.size === many.reduce((sum, f) => sum + fieldSize(f), 0));
	t.true(decoded.ok && decoded.fields.reduce((sum, f) => sum + fieldSize(f), 0) <= 1000);
	t.deepEqual(read(decoder, encoder.encode(many.slice(-5))), many.slice(-5));
});

test('bombs: one byte per 4 KB of list, and Huffman codes, cost no more than the limit', (t) => {
	const decoder = new HpackDecoder(4096, 65_536);
	const large = new HpackEncoder({ huffman: false }).encode([{ name: 'x', value: 'v'.repeat(2000) }]);
	t.true(decoder.decode(large).ok);
	const bomb = decoder.decode(new Uint8Array(60_000).fill(0xbe));
	t.true(bomb.ok && bomb.tooLarge && bomb.fields.length === 32 && bomb.size > 100_000_000);
	// A byte of Huffman code is 8/5 of a character at most.
	const zeros = new HpackEncoder().encode([{ name: 'x', value: '0'.repeat(60_000) }]);
	t.true(zeros.length < 40_000);
	const long = decoder.decode(zeros);
	t.true(long.ok && !long.tooLarge && long.fields[0]?.value.length === 60_000);
	t.true(decoder.tableSize <= 4096);
	const longer = decoder.decode(new HpackEncoder({ tableSize: 0 }).encode([{ name: 'x', value: '0'.repeat(70_000) }]));
	t.true(longer.ok && longer.tooLarge && longer.fields.length === 0);
	t.true(decoder.tableSize <= 4096);
});

test('random bytes are read or refused, and never more is kept than the limits', (t) => {
	const chance = rng(3);
	for (let n = 0; n < 3000; n++) {
		const decoder = new HpackDecoder(4096, 8192);
		for (let k = 0; k < 4; k++) {
			const block = Uint8Array.from({ length: Math.floor(chance.next() * 200) }, () => Math.floor(chance.next() * 256));
			const decoded = decoder.decode(block);
			if (decoded.ok && decoded.fields.reduce((sum, f) => sum + fieldSize(f), 0) > 8192) t.fail('too much kept');
			if (decoder.tableSize > 4096) t.fail('too large a table');
		}
	}
	// And mutated blocks, which get further.
	for (let n = 0; n < 3000; n++) {
		const encoder = new HpackEncoder();
		const decoder = new HpackDecoder();
		for (let k = 0; k < 4; k++) {
			const block = encoder.encode(randomFields(chance));
			if (block.length > 0) block[Math.floor(chance.next() * block.length)] = Math.floor(chance.next() * 256);
			decoder.decode(block);
		}
	}
	t.pass();
});

test('a block between those of another encoder changes nothing for them, and says first what that one owes', (t) => {
	const encoder = new HpackEncoder();
	const decoder = new HpackDecoder();
	const chance = rng(3);
	const foreign = fields([':status', '503'], ['x-a', 'foreign'], ['accept', '*/*']);
	for (let i = 0; i < 200; i++) {
		const list = randomFields(chance);
		t.deepEqual(read(decoder, encoder.encode(list)), list);
		if (i % 20 === 10) {
			// Smaller, and larger again: both ends know, and no block has said so yet.
			for (const size of [i, 4096]) {
				encoder.setTableLimit(size);
				decoder.setTableLimit(size);
			}
			t.is(decoder.owes, i);
		}
		const { tableSize, owes } = decoder;
		// A reader of its own: what it is told early, it is told again.
		t.deepEqual(read(decoder, HpackEncoder.between(foreign, owes)), foreign);
		t.is(decoder.owes, null);
		t.true(decoder.tableSize <= tableSize);
	}
});
