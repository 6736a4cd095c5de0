import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { readHistory } from '../../src/platform/history-reader.js';
import { type Ran, ROOT, scratch, start } from '../e2e/daruma.js';
import { have, value, verdict } from './rows.js';

const copy = (t: ExecutionContext, name: string): string => {
	const dir = scratch(t);
	cpSync(join(ROOT, 'examples', name), dir, { recursive: true });
	return dir;
};

const experimentOf = (t: ExecutionContext, ran: Ran): RunResult['experiments'][number] => {
	t.not(ran.stdout, '', ran.stderr);
	const experiment = (JSON.parse(ran.stdout) as RunResult).experiments?.[0];
	if (!experiment) throw new Error(`${ran.code}: ${ran.stdout}\n${ran.stderr}`);
	for (const check of experiment.checks) t.log(`${check.verdict} ${check.name} ${check.bound}: ${check.why}`);
	return experiment;
};

const verify = async (t: ExecutionContext, cwd: string, ...more: string[]): Promise<{ code: number | null; experiment: RunResult['experiments'][number] }> => {
	const ran = await start(['verify', '--json', '--seed', '7', ...more], { cwd }).ended;
	return { code: ran.code, experiment: experimentOf(t, ran) };
};

/** On a machine that is too busy to tell, what holds is inconclusive. */
const fine = (code: number | null): boolean => code === 0 || code === 3;

test.serial('haproxy: a kill costs what was in flight, and nothing runs twice', async (t) => {
	if (!have(t, 'haproxy')) return;
	const { code, experiment } = await verify(t, copy(t, 'haproxy'));
	t.true(fine(code));
	t.not(verdict(experiment, 'availability'), 'fail');
	t.is(value(experiment, 'nonIdempotentDoubleExecuted'), 0);
});

test.serial('grpc-js: every call is answered, and some are executed twice', async (t) => {
	const { code, experiment } = await verify(t, copy(t, 'grpc-js'));
	t.is(code, 1);
	t.is(verdict(experiment, 'nonIdempotentDoubleExecuted'), 'fail');
	t.true(value(experiment, 'nonIdempotentDoubleExecuted') > 0);
	t.not(verdict(experiment, 'availability'), 'fail');
});

for (const [fault, code, word] of [
	['kill', 0, 'pass'],
	['freeze', 1, 'fail'],
] as const) {
	test.serial(`own-tests, ${fault}: the test's exit code is the verdict`, async (t) => {
		if (!have(t, 'nginx')) return;
		const ran = await verify(t, copy(t, 'own-tests'), '--subject', 'nginx', '--faults', fault, '--', 'node', '--test', 'test.mjs');
		t.true(ran.code === code || (code === 0 && fine(ran.code)), `${ran.code}`);
		t.true([word, 'inconclusive'].includes(verdict(ran.experiment, 'command') ?? ''));
	});
}

test.serial('library: its tests pass', async (t) => {
	// In its own place: there the name daruma is the repository itself. A runner that runs tests must not think that it is a part of this one.
	const { NODE_TEST_CONTEXT: _, ...env } = process.env;
	const child = spawn(process.execPath, ['--test', 'test.mjs'], { cwd: join(ROOT, 'examples/library'), env, stdio: ['ignore', 'pipe', 'inherit'] });
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		output += text;
	});
	const code = await new Promise<number | null>((resolve, reject) => void child.once('error', reject).once('close', resolve));
	t.is(code, 0, output);
	t.regex(output, /pass 4/);
});

test.serial('nginx-upstream: whoever rewrites the file moves the traffic', async (t) => {
	const cwd = copy(t, 'nginx-upstream');
	const running = start(['verify', '--json', '--seed', '7'], { cwd });
	await running.says(/kill effective/);
	const file = join(cwd, 'upstream.conf');
	writeFileSync(file, readFileSync(file, 'utf8').replace(' down;', ';'));
	const ran = await running.ended;
	experimentOf(t, ran);
	t.true(fine(ran.code));
	const events = await readHistory(join(cwd, '.daruma/runs', (JSON.parse(ran.stdout) as RunResult).run, 'history.ndjson'));
	const struck = events.find((e) => e.kind === 'phase' && e.phase === 'fault')?.t ?? Number.NaN;
	const executed = events.flatMap((e) => (e.kind === 'executed' && e.node === 'n4' ? [e.t] : []));
	t.true(executed.length > 0, 'n4 had traffic');
	t.true(
		executed.every((at) => at > struck),
		'and none before',
	);
});
