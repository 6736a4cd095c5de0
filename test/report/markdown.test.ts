import test from 'ava';
import { markdown } from '../../src/report/markdown.js';
import { FROZEN, HOSTILE, KILLED, OPTIONS, run } from './results.fixture.js';

test('headline, matrix, checks worst first, all metrics', (t) => {
	const text = markdown(run('fail', KILLED, FROZEN), OPTIONS);
	t.true(text.startsWith('## ❌ **FAIL**: 1 of 2 experiments fell short\n\nSubject nginx 1.22.1, seed 7, run .daruma/runs/20261123-1\n'));
	t.true(text.includes('| a replica is frozen | 100 % | not seen | not seen | over 10s | at least 35 | at least 70 | 1.23s | ❌ **FAIL** |'));
	t.true(
		text.includes(
			'| ❌ **FAIL** | nonIdempotentReplayed | at least 35 | == 0 | 35 POSTs were executed by two replicas; evidence r123 r124 r125 r126 r127 r128; next: do not retry',
		),
	);
	t.true(text.indexOf('❌ **FAIL** | nonIdempotentReplayed') < text.indexOf('❓ inconclusive | timeToDetect'));
	t.true(text.includes('| timeToDetectMs | over 10s |'));
	t.true(text.includes('**Left open**'));
});

test('one experiment needs no matrix', (t) => t.false(markdown(run('pass', KILLED), OPTIONS).includes('| experiment |')));

test('foreign text makes no cells, tags, links or mentions', (t) => {
	const text = markdown(run('fail', HOSTILE), OPTIONS);
	t.false(text.includes('<script>'));
	t.false(/@all/.test(text));
	t.false(text.includes('\u001b'));
	const cells = (line: string): number => line.replace(/\\[\\|]/g, '').split('|').length;
	const rows = text.split('\n').filter((line) => line.startsWith('| ❌'));
	t.is(rows.length, 1);
	t.is(cells(rows[0]!), 7, rows[0]);
});
