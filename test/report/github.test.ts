import test from 'ava';
import { github } from '../../src/report/github.js';
import { check, FROZEN, HOSTILE, KILLED, OPTIONS, run } from './results.fixture.js';

test('an annotation for each check that fell short, at its line', (t) => {
	t.deepEqual(github(run('fail', KILLED, FROZEN), OPTIONS).split('\n'), [
		'::error file=/srv/daruma.yaml,line=14,title=a replica is frozen%3A nonIdempotentReplayed == 0::at least 35: 35 POSTs were executed by two replicas (r123 r124 r125 r126 r127 r128); next: do not retry POST after it was sent (proxy_next_upstream without non_idempotent)',
		'::warning file=/srv/daruma.yaml,line=14,title=a replica is frozen%3A timeToDetect <= 2s::over 10s: the harness was 300 ms late; next: run it on a quieter machine',
		'',
	]);
	t.is(github(run('pass', KILLED), OPTIONS), '');
});

test('without a file there is no place; ten at most', (t) => {
	const checks = Array.from({ length: 15 }, () => check({ name: 'lost', metric: 'lost', verdict: 'fail', bound: '== 0', value: 1, hi: 1, why: 'x' }));
	const lines = github(run('fail', { ...FROZEN, line: null, checks }), { ...OPTIONS, file: null })
		.trimEnd()
		.split('\n');
	t.is(lines.length, 10);
	t.is(lines[0], '::error title=a replica is frozen%3A lost == 0::1: x');
});

test('foreign text starts no command of its own', (t) => {
	const text = github(run('fail', HOSTILE), OPTIONS);
	t.is(text.trimEnd().split(/[\r\n]/).length, 1);
	t.true(text.includes('%250A'));
	t.false(text.includes('\u001b'));
});
