import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import { RepeatedBlocks } from '../../../src/wire/hpack/repeated.js';

test('what is recalled is what would be decoded, while the table changes', (t) => {
	const random = rng(7);
	const encoder = new HpackEncoder({ tableSize: 300 });
	const plain = new HpackDecoder();
	const repeated = new RepeatedBlocks();
	let recalled = 0;
	for (let n = 0; n < 3000; n++) {
		const rare = random.next() < 0.05;
		const fields = [
			{ name: ':status', value: '200' },
			{ name: 'content-type', value: rare ? `application/${n}` : 'application/grpc' },
			{ name: 'grpc-status', value: String(Math.floor(random.next() * 3)) },
		];
		const block = encoder.encode(fields);
		const found = repeated.recall(block, 0, block.length);
		if (found) recalled++;
		const read = plain.decode(block);
		const own = found ?? repeated.decode(block);
		t.true(read.ok);
		t.deepEqual(Array.isArray(own) ? own : 'fields' in own && own.fields, fields);
	}
	t.true(recalled > 1000, `${recalled}`);
});

test('an unreadable block is not remembered', (t) => {
	const blocks = new RepeatedBlocks();
	const block = Uint8Array.of(0xbe);
	t.false(blocks.decode(block).ok);
	t.is(blocks.recall(block, 0, 1), null);
});
