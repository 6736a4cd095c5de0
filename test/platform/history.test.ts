import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readHistory } from '../../src/platform/history-reader.js';
import { HistoryWriter } from '../../src/platform/history-writer.js';

const file = (t: { teardown(fn: () => void): void }): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-history-'));
	t.teardown(() => rmSync(dir, { recursive: true }));
	return join(dir, 'history.ndjson');
};
const header = { kind: 'header', t: 0, schema: 'daruma.history/1', run: 'r', seed: 1, startedAt: '' } as const;

test('several writers, any order: sorted on load', async (t) => {
	const path = file(t);
	const a = new HistoryWriter(path, (error) => t.fail(error.message));
	const b = new HistoryWriter(path, (error) => t.fail(error.message));
	a.now(header);
	b.now({ kind: 'note', t: 5, text: 'later' });
	a.later({ kind: 'note', t: 3, text: 'earlier' });
	a.close();
	b.close();
	t.deepEqual(
		(await readHistory(path)).map((e) => e.t),
		[0, 3, 5],
	);
});

test('a torn line costs itself alone, and is counted', async (t) => {
	const path = file(t);
	const a = new HistoryWriter(path, (error) => t.fail(error.message));
	a.now(header);
	appendFileSync(path, '{"kind":"no');
	a.now({ kind: 'note', t: 7, text: 'still here' });
	appendFileSync(path, '{"kind":"executed","node":"n1"}\n');
	a.close();
	const events = await readHistory(path);
	t.is(events.length, 3);
	const last = events.at(-1);
	t.is(last?.kind === 'note' && last.damaged, 2);
});

test('a file that is no history is refused', async (t) => {
	const path = file(t);
	writeFileSync(path, '{"hello":1}\n');
	await t.throwsAsync(readHistory(path), { message: /not a history/ });
	await t.throwsAsync(readHistory(`${path}.absent`), { message: /ENOENT/ });
});

test('a full disk is told once to whoever can end the run', (t) => {
	const errors: string[] = [];
	const full = new HistoryWriter('/dev/full', (error) => errors.push(error.message));
	full.now(header);
	t.is(errors.length, 1);
	t.regex(errors[0] as string, /ENOSPC/);
});

test('lines go out whole, in one write', (t) => {
	const path = file(t);
	const a = new HistoryWriter(path, (error) => t.fail(error.message));
	a.later({ kind: 'note', t: 1, text: 'a' });
	a.later({ kind: 'note', t: 2, text: 'b' });
	t.is(readFileSync(path, 'utf8'), '');
	a.flush();
	t.is(readFileSync(path, 'utf8').split('\n').filter(Boolean).length, 2);
	a.close();
});
