import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExperimentResult, RunResult } from '../../src/model/run.js';
import { ROOT } from './daruma.js';

export const FIXTURES = join(ROOT, 'fixtures');

export interface Wanted {
	cluster?: object;
	subject?: object;
	rate?: number;
	fault?: object | object[];
	recovery?: object;
	expect?: Record<string, unknown>;
	after?: string;
	mix?: object[];
}

/** A daruma.yaml (JSON is YAML) in `dir` with one short experiment; returns its path. */
export const write = (
	dir: string,
	{ cluster, subject, rate = 50, fault = { kind: 'kill', target: 'n2', for: '1s' }, recovery, expect, after = '1s', mix }: Wanted,
): string => {
	const file = join(dir, 'daruma.yaml');
	const tasks = [
		{ method: 'GET', path: '/task' },
		{ method: 'POST', path: '/task', body: '{"n":1}' },
	];
	const plan = {
		version: 1,
		seed: 7,
		...(cluster && { cluster }),
		...(subject && { subject }),
		traffic: { rate: `${rate}/s`, timeout: '2s', mix: mix ?? tasks },
		experiments: [{ name: 'short', fault, baseline: '500ms', after, ...(recovery && { recovery }), ...(expect && { expect }) }],
	};
	writeFileSync(file, JSON.stringify(plan, null, 2));
	return file;
};

/** The naive gateway of the fixtures, with these flags. */
export const gateway = (...flags: string[]): object => ({
	command: [process.execPath, join(FIXTURES, 'gateways/naive.js'), '--listen', '{listen}', '--upstreams', '{upstreams}', ...flags],
});

/** The one experiment of what `--json` printed. */
export const experimentOf = (stdout: string): ExperimentResult => (JSON.parse(stdout) as RunResult).experiments[0]!;

export const checkOf = (stdout: string, name: string): ExperimentResult['checks'][number] => {
	const found = experimentOf(stdout).checks.find((check) => check.name === name);
	if (!found) throw new Error(`no check ${name} in ${stdout}`);
	return found;
};
