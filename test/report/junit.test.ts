import test from 'ava';
import { junit } from '../../src/report/junit.js';
import { elements } from './elements.js';
import { FROZEN, HOSTILE, KILLED, OPTIONS, run } from './results.fixture.js';

test('testsuite = experiment, testcase = check, failure = fail, error = inconclusive', (t) => {
	const text = junit(run('fail', KILLED, FROZEN), OPTIONS);
	t.regex(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="daruma" tests="7" failures="1" errors="1" skipped="0">/);
	t.regex(text, /<testsuite name="a replica is frozen" tests="4" failures="1" errors="1" skipped="0">/);
	t.regex(text, /<testcase classname="daruma\.a replica is killed" name="availability &gt;= 99%"\/>/);
	t.regex(text, /<failure message="35 POSTs were executed by two replicas" type="fail">found at least 35&#10;evidence r123 /);
	t.regex(text, /<error message="the harness was 300 ms late" type="inconclusive">found over 10s/);
	t.regex(text, /<property name="timeToDetectMs" value="not seen"\/>/);
	t.regex(text, /<system-out>freeze n2 at 4s .*&#10;the drain was cut off/);
});

test('what could not be decided is skipped only when the user lets it pass', (t) => {
	const text = junit(run('fail', FROZEN), { ...OPTIONS, inconclusive: 'pass' });
	t.regex(text, /<testsuites name="daruma" tests="4" failures="1" errors="0" skipped="1">/);
	t.regex(text, /<skipped message="the harness was 300 ms late"\/>/);
});

test('an experiment without checks is not green', (t) => {
	const text = junit(run('inconclusive', { ...KILLED, verdict: 'inconclusive', checks: [] }), OPTIONS);
	t.regex(text, /tests="1" failures="0" errors="1"/);
});

test('whatever is in a name, it stays well-formed XML 1.0', (t) => {
	const text = junit(run('fail', HOSTILE, FROZEN), OPTIONS);
	t.deepEqual(elements(text), ['testsuites', 'testsuite', 'properties', 'testcase', 'failure', 'system-out', 'error', 'property'].sort());
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	t.notRegex(text, /[\u0000-\u0008\u000b-\u001f\ud800\ufffe]/u);
});
