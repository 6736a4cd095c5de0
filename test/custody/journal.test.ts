import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type Entry, JournalWriter, readJournal } from '../../src/custody/journal.js';
import { baseFolder } from './arena.js';

const ward = (n: number): Entry => ({ kind: 'ward', ward: n, name: `n${n}`, pid: 1000 + n, startTime: String(n) });

test('what is owed is what was begun and not ended, in order', (t) => {
	const file = join(baseFolder(t), 'journal.ndjson');
	const writer = new JournalWriter(file);
	for (const n of [1, 2, 3]) writer.append(ward(n));
	writer.append({ kind: 'member', ward: 3, pid: 7, startTime: '7' });
	writer.append({ kind: 'armed', id: 4, undo: { kind: 'continue-group', pid: 1001, startTime: '1' }, withinMs: 10 });
	writer.append({ kind: 'armed', id: 5, undo: { kind: 'remove-file', path: '/x' }, withinMs: 10 });
	writer.append({ kind: 'undone', id: 4, by: 'watchdog' });
	writer.append({ kind: 'ended', ward: 2 });
	writer.close();
	const { debts, torn } = readJournal(file);
	t.is(torn, 0);
	t.deepEqual([...debts.wards.keys()], [1, 3]);
	t.deepEqual(debts.wards.get(3)?.members, [{ pid: 7, startTime: '7' }]);
	t.deepEqual([...debts.armed], [[5, { kind: 'remove-file', path: '/x' }]]);
	t.false(debts.closed);
});

test('a torn line costs nothing but itself, also when writing goes on after it', (t) => {
	const file = join(baseFolder(t), 'journal.ndjson');
	writeFileSync(file, `${JSON.stringify(ward(1))}\n{"kind":"war`);
	const writer = new JournalWriter(file);
	writer.append(ward(2));
	writer.close();
	appendFileSync(file, 'null\n{"kind":');
	const { debts, torn } = readJournal(file);
	t.deepEqual([...debts.wards.keys()], [1, 2]);
	t.is(torn, 3);
	t.is(readFileSync(file, 'utf8').split('\n').length, 5);
});
