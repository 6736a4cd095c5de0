import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BIN = join(ROOT, 'bin/run.js');

export interface Ran {
	code: number | null;
	signal: string | null;
	stdout: string;
	stderr: string;
	ms: number;
}

export interface Running {
	child: ChildProcess;
	ended: Promise<Ran>;
	/** Resolves when stderr holds a match; rejects if daruma ends before. */
	says(pattern: RegExp): Promise<void>;
}

/** Environment without what would colour or steer the program under test. */
const plain = (): NodeJS.ProcessEnv => {
	const env = { ...process.env };
	for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'DARUMA_RUN']) delete env[name];
	return env;
};

/** bin/run.js in a process of its own, as a user would start it. */
export const start = (args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv } = { cwd: ROOT }): Running => {
	const began = performance.now();
	const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd, env: { ...plain(), ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
	// A test that ran out of time must not leave what it was waiting for; its watchdog sees to the rest.
	const leave = (): void => void child.kill('SIGKILL');
	process.once('exit', leave);
	child.once('exit', () => process.off('exit', leave));
	let stdout = '';
	let stderr = '';
	const watchers = new Set<() => void>();
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
	});
	child.stderr?.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
		for (const watch of watchers) watch();
	});
	const ended = new Promise<Ran>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - began }));
	});
	const says = (pattern: RegExp): Promise<void> =>
		new Promise((resolve, reject) => {
			const watch = (): void => {
				if (!pattern.test(stderr)) return;
				watchers.delete(watch);
				resolve();
			};
			watchers.add(watch);
			watch();
			void ended.then((ran) => reject(new Error(`daruma ended (${ran.code}) before it said ${pattern}:\n${ran.stderr}`)), reject);
		});
	return { child, ended, says };
};

export const daruma = (args: readonly string[], options?: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<Ran> => start(args, options).ended;

/** An empty folder of its own, removed at the end of the test. */
export const scratch = (t: { teardown(fn: () => void): void }): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-e2e-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
};
