import type { ProbedEndpoint } from '../../checks/probe/result.js';
import { xml } from '../escape.js';
import { allCases, casesOf, type ProbeCase, TOGETHER, togetherCases } from './cases.js';
import type { ProbeReport } from './report.js';

/** JUnit XML: testsuite = endpoint, testcase = that it answers, or an expectation; failure = fail, error = inconclusive. */
export const junit: ProbeReport = {
	result: (result) =>
		`${[
			'<?xml version="1.0" encoding="UTF-8"?>',
			`<testsuites name="daruma probe" ${counts(allCases(result))}>`,
			...result.endpoints.flatMap(suite),
			...together(togetherCases(result)),
			'</testsuites>',
		].join('\n')}\n`,
};

const counts = (cases: readonly ProbeCase[]): string => {
	const of = (verdict: string): number => cases.filter((each) => each.verdict === verdict).length;
	return `tests="${cases.length}" failures="${of('fail')}" errors="${of('inconclusive')}" skipped="0"`;
};

const suite = (e: ProbedEndpoint): string[] => {
	const facts: [string, string][] = [
		['state', e.state],
		['sent', String(e.sent)],
		['ok', String(e.ok)],
		['warning', String(e.warning)],
		['failed', String(e.failed)],
		['local', String(e.local)],
		...Object.entries(e.latencyMs).map(([name, value]): [string, string] => [`${name}Ms`, value === null ? 'not seen' : String(value)]),
	];
	return [
		`  <testsuite name="${xml(e.endpoint)}" ${counts(casesOf(e))}>`,
		'    <properties>',
		...facts.map(([name, value]) => `      <property name="${name}" value="${xml(value)}"/>`),
		'    </properties>',
		...casesOf(e).flatMap(testcase),
		'  </testsuite>',
	];
};

const together = (cases: readonly ProbeCase[]): string[] =>
	cases.length === 0 ? [] : [`  <testsuite name="${TOGETHER}" ${counts(cases)}>`, ...cases.flatMap(testcase), '  </testsuite>'];

const testcase = ({ endpoint, expect, verdict, why, next }: ProbeCase): string[] => {
	const head = `    <testcase classname="${xml(endpoint)}" name="${xml(expect)}"`;
	if (verdict === 'pass') return [`${head}/>`];
	const tag = verdict === 'fail' ? 'failure' : 'error';
	return [`${head}>`, `      <${tag} message="${xml(why)}" type="${verdict}">${xml(next ?? why)}</${tag}>`, '    </testcase>'];
};
