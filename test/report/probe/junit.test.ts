import test from 'ava';
import { PLAIN } from '../../../src/report/index.js';
import { junit } from '../../../src/report/probe/junit.js';
import { elements } from '../elements.js';
import { DOWN, HOSTILE, NEVER, result, UP } from './results.fixture.js';

const tell = (...args: Parameters<typeof result>): string => junit.result(result(...args), { style: PLAIN, width: 100 });

test('testsuite = endpoint, testcase = answers or an expectation, failure = fail, error = inconclusive', (t) => {
	const text = tell(UP, DOWN, NEVER);
	t.regex(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="daruma probe" tests="5" failures="1" errors="2" skipped="0">/);
	t.regex(text, /<testsuite name="http:\/\/127\.0\.0\.1:1\/up" tests="3" failures="0" errors="1" skipped="0">/);
	t.regex(text, /<testcase classname="http:\/\/127\.0\.0\.1:1\/up" name="answers"\/>/);
	t.regex(text, /name="p99 &lt; 250ms">\n +<error message="few" type="inconclusive">needs 269 more samples<\/error>/);
	t.regex(text, /<failure message="down: 2 of 2 failed in a row: refused" type="fail">last error: refused.*<\/failure>/);
	t.regex(text, /name="answers">\n +<error message="unknown: not asked"/);
	t.regex(text, /<property name="p99Ms" value="not seen"\/>/);
});

test('whatever an endpoint says, it stays well-formed XML 1.0', (t) => {
	const evil = {
		...HOSTILE,
		endpoint: 'exec:\u0000"><x>&amp;]]>\ufffe',
		checks: [{ expect: 'body == "<\u0007>"', verdict: 'fail' as const, why: "'\ud800'" }],
	};
	const text = tell(evil, UP);
	t.deepEqual(elements(text), ['error', 'failure', 'properties', 'property', 'testcase', 'testsuite', 'testsuites']);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	t.notRegex(text, /[\u0000-\u0008\u000b-\u001f\ud800\ufffe]/u);
});
