import { accessSync, constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, ROOT, scratch } from '../e2e/daruma.js';

/** A subject's template in fixtures/subjects. */
export const template = (name: string): string => join(ROOT, 'fixtures/subjects', name);

export interface Row {
	subject: 'nginx' | 'haproxy';
	/** A file of fixtures/subjects, or 'default'. */
	config: string;
	fault: string;
	rate: number;
	baselineS?: number;
	forS: number;
	afterS: number;
	timeoutS?: number;
	/** Of the requests, 0…1. */
	posts?: number;
	expect: Record<string, string | number>;
	allow?: string[];
}

const installed = (program: string): boolean =>
	[...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'].some((dir) => {
		try {
			accessSync(join(dir, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});

/** Is the real program here? Prints why not, and fails where CI promised it. */
export const have = (t: ExecutionContext, program: string): boolean => {
	if (installed(program)) return true;
	if (process.env.DARUMA_REQUIRE_REAL === '1') t.fail(`${program} is required here (DARUMA_REQUIRE_REAL=1) and is not installed`);
	else {
		t.log(`skipped: ${program} is not installed (Debian: apt-get install ${program === 'nginx' ? 'nginx-light' : program})`);
		t.pass();
	}
	return false;
};

export interface Verified {
	code: number | null;
	run: RunResult;
	experiment: RunResult['experiments'][number];
	/** Where it was run: its `.daruma` is in there. */
	dir: string;
}

/** Runs one row of the failover study through the command line, as its user would. */
export const verify = async (t: ExecutionContext, row: Row): Promise<Verified> => {
	const posts = row.posts ?? 0.5;
	const yaml = {
		version: 1,
		cluster: { replicas: 3, builtin: { http: { serviceMs: 50 } } },
		subject: { [row.subject]: row.config === 'default' ? 'default' : template(row.config) },
		traffic: {
			rate: `${row.rate}/s`,
			timeout: `${row.timeoutS ?? 5}s`,
			mix: [
				{ method: 'GET', path: '/task', share: 1 - posts },
				{ method: 'POST', path: '/task', share: posts, body: '{"n":1}' },
			],
		},
		experiments: [
			{
				name: `${row.config} ${row.fault}`,
				fault: { kind: row.fault, target: 'n2', for: `${row.forS}s` },
				baseline: `${row.baselineS ?? 4}s`,
				after: `${row.afterS}s`,
				expect: row.expect,
				...(row.allow ? { allow: row.allow } : {}),
			},
		],
	};
	return verifyFile(t, yaml);
};

/** The same with a file of one's own, of one experiment. */
export const verifyFile = async (t: ExecutionContext, yaml: object): Promise<Verified> => {
	const dir = scratch(t);
	writeFileSync(join(dir, 'daruma.yaml'), JSON.stringify(yaml));
	const ran = await daruma(['verify', '--json', '--seed', '7'], { cwd: dir });
	t.not(ran.stdout, '', ran.stderr);
	const run = JSON.parse(ran.stdout) as RunResult;
	const experiment = run.experiments?.[0];
	if (!experiment) throw new Error(`${ran.code}: ${ran.stdout}\n${ran.stderr}`);
	t.log(
		JSON.stringify(Object.fromEntries(Object.entries(experiment.metrics).map(([name, m]) => [name, m.value === null ? null : Number(m.value.toFixed(4))]))),
	);
	t.log(experiment.notes.join(' | '));
	for (const c of experiment.checks) t.log(`${c.verdict} ${c.name} ${c.bound}: ${c.why}`);
	return { code: ran.code, run, experiment, dir };
};

export const value = (experiment: RunResult['experiments'][number], metric: string): number => {
	const found = experiment.metrics[metric]?.value;
	if (found === null || found === undefined) throw new Error(`${metric} was not seen: ${experiment.metrics[metric]?.why}`);
	return found;
};
export const verdict = (experiment: RunResult['experiments'][number], name: string): string | undefined =>
	experiment.checks.find((c) => c.name === name)?.verdict;
