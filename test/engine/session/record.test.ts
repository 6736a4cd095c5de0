import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findSession, recordOf, removeRecord, type SessionRecord, writeRecord } from '../../../src/engine/session/record.js';
import { createRun } from '../../../src/platform/run-folder.js';

const base = (t: ExecutionContext): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
};
const DEAD = { pid: 2 ** 22 + 1, startTime: '1' };

test('the nearest one upward; living as long as its owner does', (t) => {
	const dir = base(t);
	const run = createRun(dir);
	const below = join(dir, 'a', 'b');
	mkdirSync(below, { recursive: true });
	t.is(findSession(below), null);
	const record = recordOf(run, '/tmp/s', true);
	writeRecord(dir, record);
	t.deepEqual(findSession(below), { base: dir, record, state: 'living' });
	const journal = (lines: object[]): void => writeFileSync(run.journal, lines.map((line) => JSON.stringify(line)).join('\n'));
	const states: [string, Partial<SessionRecord>, object[], string][] = [
		['its process is gone, the journal open', DEAD, [{ kind: 'header' }], 'owing'],
		['the journal closed', DEAD, [{ kind: 'header' }, { kind: 'closed', by: 'watchdog' }], 'over'],
		['a pid that is somebody else’s by now', { startTime: '1' }, [{ kind: 'closed' }], 'over'],
		['before a reboot', { boot: 'another' }, [{ kind: 'closed' }], 'over'],
	];
	for (const [what, change, lines, state] of states) {
		journal(lines);
		writeRecord(dir, { ...record, ...change });
		t.is(findSession(dir)?.state, state as never, what);
	}
	removeRecord(dir, 'another-run');
	t.truthy(findSession(dir), 'not ours to remove');
	removeRecord(dir, run.id);
	removeRecord(dir, run.id);
	t.is(findSession(dir), null);
});

test('a record that cannot be read is none', (t) => {
	const dir = base(t);
	createRun(dir);
	for (const text of ['', '{', '{"schema":"daruma.session/9"}']) {
		writeFileSync(join(dir, '.daruma', 'session.json'), text);
		t.is(findSession(dir), null);
	}
});
