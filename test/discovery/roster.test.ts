import test from 'ava';
import { entryAt } from '../../src/discovery/entry.js';
import { EMPTY_ROSTER, rosterListed, rosterLost } from '../../src/discovery/roster.js';
import type { Listed } from '../../src/discovery/source.js';
import { line, lines } from './stage.js';

const at = (host: string, weight = 1, status: Listed['status'] = 'unknown', more = {}): Listed => entryAt({ host, port: 80 }, weight, status, more);
const told = (changes: ReturnType<typeof rosterListed>['changes']): string[] => changes.map(({ change, entry }) => `${change} ${line(entry)}`);

test('added, changed, removed; what is told again is no news', (t) => {
	const first = rosterListed(EMPTY_ROSTER, [at('a'), at('b')], 10);
	t.deepEqual(told(first.changes), ['added a:80 unknown', 'added b:80 unknown']);
	const again = rosterListed(first.roster, [at('b'), at('a')], 20);
	t.deepEqual(told(again.changes), []);
	t.is(again.roster.listedMs, 20);
	const next = rosterListed(again.roster, [at('a', 3), at('c', 1, 'down', { detail: 'MAINT' })], 30);
	t.deepEqual(told(next.changes), ['changed a:80 unknown ×3', 'added c:80 down (MAINT)', 'removed b:80 unknown']);
	t.is(next.changes[0]?.was?.target.weight, 1);
});

test('an outage keeps the list, its beginning, and its latest reason; a list ends it', (t) => {
	const { roster } = rosterListed(EMPTY_ROSTER, [at('a')], 10);
	const gone = rosterLost(rosterLost(roster, 'SERVFAIL', 50), 'no answer', 90);
	t.deepEqual(gone.lost, { reason: 'no answer', sinceMs: 50 });
	t.deepEqual(lines(gone.entries), ['a:80 unknown']);
	t.is(gone.listedMs, 10);
	const back = rosterListed(gone, [at('a')], 100);
	t.is(back.roster.lost, null);
	t.deepEqual(back.changes, []);
});

test('an empty list is an answer here: who says otherwise said so before', (t) => {
	const { roster } = rosterListed(EMPTY_ROSTER, [at('a')], 10);
	t.deepEqual(told(rosterListed(roster, [], 20).changes), ['removed a:80 unknown']);
	t.deepEqual(rosterListed(roster, [], 20).roster.entries, []);
});

for (const [what, entries, want] of [
	['twice the same', [at('a'), at('a')], ['a:80 unknown']],
	['who gets traffic stands for both', [at('a', 1, 'down'), at('a', 2, 'up')], ['a:80 up ×2']],
	['in whatever order', [at('a', 2, 'up'), at('a', 1, 'unknown')], ['a:80 up ×2']],
	['no backup before a backup', [at('a', 1, 'up', { backup: true }), at('a', 1, 'up')], ['a:80 up']],
] as const)
	test(`each endpoint once: ${what}`, (t) => t.deepEqual(lines(rosterListed(EMPTY_ROSTER, entries, 0).roster.entries), [...want]));

test('two that share a name get their addresses as names', (t) => {
	const [a, b] = [at('a'), at('b')];
	a.target.name = b.target.name = 'web';
	t.deepEqual(
		rosterListed(EMPTY_ROSTER, [a, b, at('c')], 0).roster.entries.map(({ target }) => target.name),
		['web@a:80', 'web@b:80', 'c:80'],
	);
});
