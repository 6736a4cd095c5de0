import test from 'ava';
import { Table } from '../../../src/proxy/tap/http2-tables.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import { SETTING } from '../../../src/wire/http2/frame.js';
import { fields } from '../../wire/hpack/random-fields.js';

const size = (value: number) => [[SETTING.headerTableSize, value]] as const;

test('a larger table may be used at once, a smaller one must be once it is acknowledged', (t) => {
	const table = new Table();
	const encoder = new HpackEncoder({ tableSize: 20_000 });
	const passes = (): boolean => table.decoder.decode(encoder.encode(fields(['x-a', 'b']))).ok;
	t.true(table.announced(size(20_000)));
	encoder.setTableLimit(20_000);
	t.true(passes());
	table.acknowledged();
	t.true(table.announced([]) && table.announced(size(100)));
	t.true(passes());
	table.acknowledged();
	t.is(table.decoder.owes, null);
	table.acknowledged();
	t.is(table.decoder.owes, 100);
	encoder.setTableLimit(100);
	t.true(passes());
	t.is(table.decoder.owes, null);
	table.acknowledged();
});

test('an acknowledgement that nobody waits for is none; a flood that is not acknowledged is refused', (t) => {
	const table = new Table();
	table.acknowledged();
	let taken = 0;
	while (table.announced([])) taken++;
	t.is(taken, 1000);
});
