import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, scratch } from './daruma.js';
import { write } from './experiment.js';

test.serial('one run, told in every way, and judged again', async (t) => {
	const cwd = scratch(t);
	write(cwd, { expect: { availability: '>= 10%' }, fault: { kind: 'crash', target: 'n2', for: '1s', methods: ['POST'] } });
	const ask = (...args: string[]) => daruma(args, { cwd });

	const ran = await ask('verify', '--report', 'junit=out.xml', '--report', 'markdown=summary.md', '--report', 'json=copy.json');
	const [, word] = /^(pass|inconclusive) /.exec(ran.stdout) ?? [];
	const code = { pass: 0, inconclusive: 3 }[word as 'pass'];
	t.is(ran.code, code as number, ran.stdout + ran.stderr);
	const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
	t.regex(read('out.xml'), /<testsuite[^>]*failures="0"/);
	t.regex(read('summary.md'), /availability/);
	const result: RunResult = JSON.parse(read('copy.json'));
	t.deepEqual(JSON.parse(read(join('.daruma/runs', result.run, 'run.json'))), result);

	const reported = await ask('report', 'latest', '--json');
	t.is(reported.code, ran.code);
	t.deepEqual(JSON.parse(reported.stdout), result);
	t.is((await ask('report', result.run)).stdout, ran.stdout);
	t.is((await ask('report', result.run.slice(0, -2), '--report', 'junit')).stdout, read('out.xml'));

	const judged = await ask('judge', 'latest', '--json');
	t.is(judged.code, ran.code);
	t.deepEqual(JSON.parse(judged.stdout).experiments, result.experiments, 'the same rules on the same history');
	// On a busy machine daruma's own lag may forbid a verdict on so short a time, but nothing can make it pass.
	const stricter = await ask('judge', 'latest', '--expect', 'requests == 0', '--expect', 'p99 <= 1ms');
	t.is(stricter.code, 1, stricter.stdout);
	t.regex(stricter.stdout, /FAIL\s+requests/);
	t.notRegex(stricter.stdout, /pass\s+p99/);
	t.deepEqual(JSON.parse((await ask('report', 'latest', '--json')).stdout), result, 'judging changes nothing');

	const told = await ask('explain', 'latest', 'r1', '--json');
	t.is(told.code, 0, told.stdout);
	t.true(JSON.parse(told.stdout).lines.length >= 3);
	const unknown = await ask('explain', 'latest', 'r999999', '--json');
	t.is(unknown.code, 2, unknown.stdout);
	t.regex(JSON.parse(unknown.stdout).error.message, /r999999/);

	const runs = await ask('runs', 'ls', '--json');
	t.regex(runs.stdout, new RegExp(result.run));
	t.is((await ask('doctor')).code, 0);
	const lost = await ask('report', 'latest', '--report', 'junit=no/such/folder/out.xml', '--json');
	t.is(lost.code, 4);
	t.is(JSON.parse(lost.stdout).error.code, 'E_REPORT');
});

test.serial('one matrix over several faults, in the order they were typed', async (t) => {
	const cwd = scratch(t);
	write(cwd, { expect: { availability: '>= 10%' }, after: '500ms', fault: { kind: 'kill', target: 'n2', for: '500ms' } });
	const ran = await daruma(['verify', '--faults', 'error,reset', '--json'], { cwd });
	t.true(ran.code === 0 || ran.code === 3, ran.stdout + ran.stderr);
	const result: RunResult = JSON.parse(ran.stdout);
	t.deepEqual(
		result.experiments.map((each) => each.events[0]?.kind),
		['error', 'reset'],
	);
	const told = await daruma(['report', 'latest'], { cwd });
	t.regex(told.stdout, /error n2/);
	t.regex(told.stdout, /reset n2/);
	const only = await daruma(['report', 'latest', '--report', 'markdown'], { cwd });
	t.regex(only.stdout, /\|/);
});
