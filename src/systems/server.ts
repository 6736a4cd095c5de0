import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stageError } from '../model/errors.js';

/** A foreign server that was started for a while, on a port and in a folder of its own. */
export interface Server {
	host: string;
	port: number;
	pid: number;
	/** SIGSTOP, SIGCONT, SIGKILL: to this process alone. */
	signal(signal: NodeJS.Signals): void;
	/** SIGKILL, and its folder is gone when it resolves. Idempotent. */
	stop(): Promise<void>;
	/** Again, in the same folder and on the same ports, after `signal('SIGKILL')` or its own end. */
	restart(): Promise<void>;
}

interface Recipe {
	name: string;
	host: string;
	port: number;
	/** Writes its configuration into the folder, and says what to run. */
	argv(folder: string): string[];
	/** Resolves if it answers; rejects as long as it does not. */
	ready(): Promise<unknown>;
	withinMs?: number;
}

const EVERY_MS = 50;
const LINES = 12;

/** Starts it and waits for its first good answer. Throws E_NOT_READY (exit 4) with its last words. Also ends with this process, if that ends in order. */
export const startServer = async (recipe: Recipe): Promise<Server> => {
	const folder = mkdtempSync(join(tmpdir(), `daruma-${recipe.name}-`));
	let child: ChildProcess;
	let words: string[] = [];
	const killNow = (): void => void child?.kill('SIGKILL');
	const launch = async (): Promise<void> => {
		const [program = '', ...args] = recipe.argv(folder);
		words = [];
		child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
		let failed: Error | null = null;
		child.once('error', (error) => {
			failed = error;
		});
		for (const stream of [child.stdout, child.stderr]) {
			stream?.setEncoding('utf8').on('data', (text: string) => {
				words = [...words, ...text.split('\n').filter(Boolean)].slice(-LINES);
			});
		}
		const limit = performance.now() + (recipe.withinMs ?? 30_000);
		for (;;) {
			try {
				await recipe.ready();
				return;
			} catch (error) {
				const ended = failed !== null || child.exitCode !== null || child.signalCode !== null;
				if (!ended && performance.now() < limit) {
					await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
					continue;
				}
				const why = failed ? (failed as Error).message : ended ? `it ended (${child.signalCode ?? child.exitCode})` : (error as Error).message;
				throw stageError(
					'E_NOT_READY',
					`${recipe.name} did not get ready: ${why}; its last words:\n${words.map((line) => `    ${line.slice(0, 300)}`).join('\n')}`,
				);
			}
		}
	};
	const end = async (): Promise<void> => {
		if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
		const gone = once(child, 'exit');
		child.kill('SIGKILL');
		await gone;
	};
	const stop = async (): Promise<void> => {
		process.off('exit', killNow);
		await end();
		rmSync(folder, { recursive: true, force: true });
	};
	process.once('exit', killNow);
	try {
		await launch();
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		host: recipe.host,
		port: recipe.port,
		get pid() {
			return child.pid ?? 0;
		},
		signal: (signal) => void child.kill(signal),
		stop,
		async restart() {
			await end();
			await launch();
		},
	};
};
