import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { PLAIN } from '../../../src/report/index.js';
import { tap } from '../../../src/report/probe/tap.js';
import { scratch } from '../../subjects/stage.js';
import { DOWN, HOSTILE, NEVER, result, UP } from './results.fixture.js';

const tell = (...args: Parameters<typeof result>): string => tap.result(result(...args), { style: PLAIN, width: 100 });
const EVIL = {
	...HOSTILE,
	endpoint: 'exec:x # TODO later\nBail out! \\',
	checks: [{ expect: 'body contains # SKIP', verdict: 'fail' as const, why: '...\n---\nok 7' }],
};

test('a point per case; what could not be decided is not ok', (t) => {
	t.deepEqual(tell(UP, NEVER).split('\n'), [
		'TAP version 13',
		'1..4',
		'ok 1 - http://127.0.0.1:1/up: answers',
		'ok 2 - http://127.0.0.1:1/up: status == 200',
		'not ok 3 - http://127.0.0.1:1/up: p99 < 250ms',
		'  ---',
		'  verdict: "inconclusive"',
		'  message: "few"',
		'  next: "needs 269 more samples"',
		'  ...',
		'not ok 4 - http://127.0.0.1:1/never: answers',
		'  ---',
		'  verdict: "inconclusive"',
		'  message: "unknown: not asked"',
		'  ...',
		'',
	]);
});

test('foreign words are no directive, no new line and no end of the diagnostics', (t) => {
	const text = tell(EVIL, DOWN);
	const lines = text.trimEnd().split('\n');
	t.is(lines[1], '1..3');
	t.is(lines.filter((line) => /^(not )?ok /.test(line)).length, 3);
	t.is(lines.filter((line) => /^Bail out!/.test(line)).length, 0);
	for (const line of lines.filter((each) => /^(not )?ok /.test(each))) t.notRegex(line, /(?<!\\)#/);
	t.true(text.includes('exec:x \\# TODO later Bail out! \\\\: answers'));
	for (const [, block] of text.matchAll(/^ {2}---\n([\s\S]*?)^ {2}\.\.\.$/gm)) t.is(typeof parse(block as string).message, 'string');
	t.is([...text.matchAll(/^ {2}---$/gm)].length, [...text.matchAll(/^ {2}\.\.\.$/gm)].length);
});

test("perl's prove reads it", (t) => {
	const file = join(scratch(t), 'out.tap');
	writeFileSync(file, tell(UP, EVIL));
	const ran = spawnSync('prove', ['--exec', 'cat', '-v', file], { encoding: 'utf8', timeout: 30_000 });
	if (ran.error) {
		t.log(`skipped: prove cannot be run (${(ran.error as NodeJS.ErrnoException).code})`);
		t.pass();
		return;
	}
	t.regex(ran.stdout, /Failed 3\/5 subtests/);
	t.regex(ran.stdout, /Failed tests: +3-5|Failed tests: +3-5/);
	t.notRegex(ran.stdout, /Parse errors/);
});
