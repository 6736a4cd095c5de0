import test from 'ava';
import { Timetable } from '../../../src/engine/heartbeat/timetable.js';
import { rng } from '../../../src/model/rng.js';

test('it always names the earliest, whatever is moved and removed', (t) => {
	const random = rng(3);
	const table = new Timetable();
	const wanted = new Map<number, number>();
	for (let n = 0; n < 20_000; n++) {
		const slot = Math.floor(random.next() * 300);
		const what = random.next();
		if (what < 0.6) {
			const ms = Math.floor(random.next() * 1000);
			table.set(slot, ms);
			wanted.set(slot, ms);
		} else if (what < 0.7) {
			table.set(slot, Number.POSITIVE_INFINITY);
			wanted.delete(slot);
		} else if (what < 0.8) {
			table.remove(slot);
			wanted.delete(slot);
		} else if (table.first >= 0) {
			wanted.delete(table.first);
			table.remove(table.first);
		}
		const earliest = Math.min(...wanted.values());
		if (table.firstMs !== earliest || table.size !== wanted.size || (wanted.size > 0 && wanted.get(table.first) !== earliest)) {
			t.fail(`step ${n}: ${table.firstMs} instead of ${earliest}`);
			return;
		}
	}
	t.pass();
});

test('empty', (t) => {
	const table = new Timetable();
	table.remove(5);
	table.remove(5000);
	t.deepEqual([table.first, table.firstMs, table.size], [-1, Number.POSITIVE_INFINITY, 0]);
});
