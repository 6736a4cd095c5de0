import test from 'ava';
import type { ProbeResult } from '../../../src/checks/probe/result.js';
import { PLAIN } from '../../../src/report/index.js';
import { nagios, nagiosLine } from '../../../src/report/probe/nagios.js';
import { DOWN, endpoint, failed, HOSTILE, NEVER, result, sample, UP } from './results.fixture.js';

const tell = (found: ProbeResult): string => nagios.result(found, { style: PLAIN, width: 100 });
const PASS = { ...UP, checks: UP.checks.slice(0, 1) };
const SUSPECT = endpoint('tcp://h:1', [sample(1), sample(1), sample(1), failed()]);

for (const [word, exit, found] of [
	['OK', 0, { ...result(PASS), verdict: 'pass' }],
	['WARNING', 1, { ...result(PASS, SUSPECT), verdict: 'pass' }],
	['CRITICAL', 2, { ...result(PASS, DOWN), verdict: 'fail' }],
	['UNKNOWN', 3, { ...result(UP, NEVER), verdict: 'inconclusive' }],
] as [string, 0 | 1 | 2 | 3, ProbeResult][]) {
	test(`${word} is ${exit}`, (t) => {
		t.is(nagios.exit?.(found), exit);
		t.true(tell(found).startsWith(`PROBE ${word} - `), tell(found));
		t.is(tell(found).indexOf('\n'), tell(found).length - 1);
	});
}

test('one line: what is wrong, then performance data', (t) => {
	t.is(
		tell({ ...result(PASS), verdict: 'pass' }),
		"PROBE OK - 1 of 1 up | 'min'=0.001s;;;0 'p50'=0.015s;;;0 'p90'=0.027s;;;0 'max'=0.03s;;;0 'availability'=100%;;;0;100 'certDays'=40\n",
	);
	t.regex(tell(result(PASS, DOWN)), /^PROBE CRITICAL - 1 of 2 up; tcp:\/\/127\.0\.0\.1:9 down: refused.* \| 'http:\/\/127\.0\.0\.1:1\/up::min'=0\.001s/);
	t.is(tell({ ...result(NEVER), verdict: 'inconclusive' }), 'PROBE UNKNOWN - 0 of 1 up; http://127.0.0.1:1/never unknown: not asked\n');
});

test('foreign words begin no performance data and no second line, and end no label', (t) => {
	const evil = { ...HOSTILE, endpoint: "exec:a|b='c' x\n", lastError: 'no | pipe\nno line', latencyMs: { ...UP.latencyMs } };
	const text = tell(result(evil, UP));
	t.is(text.split('|').length, 2);
	t.is(text.indexOf('\n'), text.length - 1);
	const data = text.slice(text.indexOf('|') + 2).trimEnd();
	const item = /^'((?:[^'=]|'')+)'=(-?\d+(?:\.\d+)?)(s|%|)(?:;;;0(?:;100)?)?(?: |$)/;
	let rest = data;
	const labels: string[] = [];
	while (rest !== '') {
		const found = item.exec(rest);
		if (!found) return void t.fail(`no performance data: ${rest}`);
		labels.push(found[1] as string);
		rest = rest.slice(found[0].length);
	}
	t.true(labels.includes("exec:a_b_''c'' x ::min"), labels.join());
	t.is(nagiosLine(3, 'a|b\nc'), 'PROBE UNKNOWN - a/b c');
});
