import type { Check, ExperimentResult } from '../model/run.js';
import { xml } from './escape.js';
import type { Report, ReportOptions } from './report.js';
import { describeFault, describeValue, namesOf, runFolder } from './words.js';

/**
 * JUnit XML, as Jenkins, GitLab and GitHub actions read it: testsuite = experiment, testcase = check, failure = fail,
 * error = inconclusive (what could not be decided is not green), or skipped when the user lets it pass.
 */
export const junit: Report = (result, options) => {
	const names = namesOf(result.experiments);
	const all = result.experiments.flatMap(casesOf);
	const lines = [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<testsuites name="daruma" ${counts(all, options)}>`,
		...result.experiments.flatMap((experiment, i) =>
			suite(experiment, names[i]!, options, [
				['verdict', experiment.verdict],
				['run', runFolder(result)],
				['seed', String(result.seed)],
				['subject', result.subject.kind],
			]),
		),
		'</testsuites>',
	];
	return `${lines.join('\n')}\n`;
};

type Case = Pick<Check, 'verdict' | 'why' | 'next' | 'evidence'> & { title: string; found: string };

/** An experiment without checks is a case of its own: nothing is green because nothing was tested. */
const casesOf = (experiment: ExperimentResult): Case[] =>
	experiment.checks.length === 0
		? [{ title: 'verdict', found: 'no checks', verdict: experiment.verdict, why: 'nothing was checked', evidence: [] }]
		: experiment.checks.map((check) => ({ ...check, title: `${check.name} ${check.bound}`, found: describeValue(check.metric, check) }));

const counts = (cases: readonly Case[], { inconclusive }: ReportOptions): string => {
	const unsure = cases.filter((each) => each.verdict === 'inconclusive').length;
	const failed = cases.filter((each) => each.verdict === 'fail').length;
	const [errors, skipped] = inconclusive === 'pass' ? [0, unsure] : [unsure, 0];
	return `tests="${cases.length}" failures="${failed}" errors="${errors}" skipped="${skipped}"`;
};

const suite = (experiment: ExperimentResult, name: string, options: ReportOptions, facts: readonly (readonly [string, string])[]): string[] => {
	const cases = casesOf(experiment);
	const told = [...experiment.events.map(describeFault), ...experiment.notes];
	return [
		`  <testsuite name="${xml(name)}" ${counts(cases, options)}>`,
		'    <properties>',
		...[
			...facts,
			...Object.entries(experiment.metrics).map(([metric, measure]) => [metric, measure.value === null ? 'not seen' : String(measure.value)] as const),
		].map(([key, value]) => `      <property name="${xml(key)}" value="${xml(value)}"/>`),
		'    </properties>',
		...cases.flatMap((each) => testcase(each, name, options)),
		...(told.length > 0 ? [`    <system-out>${xml(told.join('\n'))}</system-out>`] : []),
		'  </testsuite>',
	];
};

const testcase = (each: Case, suiteName: string, { inconclusive }: ReportOptions): string[] => {
	const head = `    <testcase classname="${xml(`daruma.${suiteName}`)}" name="${xml(each.title)}"`;
	if (each.verdict === 'pass') return [`${head}/>`];
	const story = [
		`found ${each.found}`,
		...(each.evidence.length > 0 ? [`evidence ${each.evidence.join(' ')}`] : []),
		...(each.next ? [`next ${each.next}`] : []),
	].join('\n');
	const inner = (tag: string, type: string): string => `      <${tag} message="${xml(each.why)}" type="${type}">${xml(story)}</${tag}>`;
	if (each.verdict === 'fail') return [`${head}>`, inner('failure', 'fail'), '    </testcase>'];
	return [`${head}>`, inconclusive === 'pass' ? `      <skipped message="${xml(each.why)}"/>` : inner('error', 'inconclusive'), '    </testcase>'];
};
