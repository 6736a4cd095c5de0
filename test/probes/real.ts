import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { Answer } from '../../src/probes/probe.js';

/** Starts a real server for a test; it is ended (by its own pid) at the test's end, before its scratch folder goes. */
export const start = (
	t: ExecutionContext,
	program: string,
	args: readonly string[],
	options: SpawnOptions = {},
	signal: NodeJS.Signals = 'SIGKILL',
): ChildProcess => {
	const child = spawn(program, args, { stdio: 'ignore', ...options });
	const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
	// Also when a test file breaks off in the middle.
	const atExit = (): void => void child.kill(signal);
	process.once('exit', atExit);
	t.teardown(async () => {
		process.removeListener('exit', atExit);
		child.kill(signal);
		const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
		await gone;
		clearTimeout(late);
	});
	return child;
};

/** Asks until it is as it should be; at most 20 s. The last answer is given whatever it is. */
export const until = async (ask: () => Promise<Answer>, good: (answer: Answer) => boolean): Promise<Answer> => {
	const end = performance.now() + 20_000;
	for (;;) {
		const answer = await ask();
		if (good(answer) || performance.now() > end) return answer;
		await sleep(25);
	}
};
