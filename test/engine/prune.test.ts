import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { beganMs, prune, toPrune } from '../../src/engine/prune.js';
import { bootId, ownIdentity } from '../../src/platform/process-identity.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const HOUR = 3_600_000;
const ids = ['20261101-120000-aaaa', '20261122-120000-bbbb', '20261123-060000-cccc', '20261123-115900-dddd'];

test('an id tells when its run began', (t) => t.is(beganMs('20261123-115900-dddd'), NOW - 60_000));

for (const [wish, gone] of [
	[{ keep: 2 }, 2],
	[{ keep: 0 }, 4],
	[{ keep: 9 }, 0],
	[{ olderMs: 12 * HOUR }, 2],
	[{ olderMs: 0 }, 4],
	[{ keep: 3, olderMs: 12 * HOUR }, 1],
	[{ keep: 1, olderMs: 12 * HOUR }, 2],
	[{ keep: 0, olderMs: 48 * HOUR }, 1],
] as const)
	test(`${JSON.stringify(wish)} of four lets the ${gone} oldest go`, (t) => t.deepEqual(toPrune(ids, { ...wish, nowMs: NOW }), ids.slice(0, gone)));

test('never a living run, one that owes something, or what is not the folder of a run', (t) => {
	const base = mkdtempSync(join(tmpdir(), 'daruma-prune-'));
	t.teardown(() => rmSync(base, { recursive: true, force: true }));
	const runs = join(base, '.daruma', 'runs');
	mkdirSync(runs, { recursive: true });
	const journal = (closed: boolean, daruma: object): string =>
		[{ kind: 'header', schema: 'daruma.journal/1', run: 'x', boot: bootId(), daruma, watchdog: daruma }, ...(closed ? [{ kind: 'closed' }] : [])]
			.map((line) => `${JSON.stringify(line)}\n`)
			.join('');
	const make = (id: string, files: Record<string, string>): void => {
		mkdirSync(join(runs, id));
		for (const [name, text] of Object.entries(files)) writeFileSync(join(runs, id, name), text);
	};
	make('20261101-000000-done', { 'run.json': '{}', 'history.ndjson': '' });
	make('20261102-000000-live', { 'history.ndjson': '', 'journal.ndjson': journal(false, ownIdentity()) });
	make('20261103-000000-owes', { 'history.ndjson': '', 'journal.ndjson': journal(false, { pid: 1, startTime: 'long ago' }) });
	make('20261104-000000-mine', { 'holiday.jpg': '' });
	make('20261105-000000-shut', { 'history.ndjson': '', 'journal.ndjson': journal(true, ownIdentity()) });
	make('20261123-115959-born', { 'history.ndjson': '' });
	make('notes', { 'history.ndjson': '' });
	const elsewhere = join(base, 'elsewhere');
	mkdirSync(elsewhere);
	writeFileSync(join(elsewhere, 'run.json'), '{}');
	symlinkSync(elsewhere, join(runs, '20261106-000000-link'));

	const wish = { keep: 0, nowMs: NOW };
	const dry = prune(base, wish, true);
	t.deepEqual(dry.removed, ['20261101-000000-done', '20261105-000000-shut']);
	t.true(existsSync(join(runs, '20261101-000000-done')));
	t.deepEqual(prune(base, wish, false), dry);
	t.deepEqual(
		dry.spared.map(({ run, why }) => `${run.slice(-4)}: ${why}`),
		[
			'live: it is still running',
			'owes: it may have left something unhealed: daruma heal',
			'mine: it is not the folder of a run',
			'link: it is no folder',
			'born: it may only just have begun',
		],
	);
	for (const left of ['20261102-000000-live', '20261103-000000-owes', '20261104-000000-mine', '20261106-000000-link', 'notes'])
		t.true(existsSync(join(runs, left)), left);
	t.true(existsSync(join(elsewhere, 'run.json')));
	t.false(existsSync(join(runs, '20261101-000000-done')));
	t.deepEqual(prune(base, wish, false).removed, []);
});
