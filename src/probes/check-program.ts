import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How a program came to its end. */
export interface Ended {
	/** Null: by a signal, or never begun. */
	code: number | null;
	signal: NodeJS.Signals | null;
	stdout: Buffer;
	stderr: Buffer;
	bytes: number;
	/** It wrote more than it may, and was ended for it. */
	tooLarge: boolean;
}

/** What a program wrote before it ended is read within a moment. */
const DRAIN_MS = 200;

/** Leaders of the groups that run now. None outlives us if we end as processes should; killed by SIGKILL we cannot end them. */
const running = new Set<ChildProcess>();

const endGroup = (child: ChildProcess): void => {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch {
		// Nobody of that group is left.
	}
};
const endAll = (): void => {
	for (const child of running) endGroup(child);
};

const mayExecute = (path: string): boolean => {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false;
	}
};

/** Is there such a program: a path, or a name in PATH? */
export const programExists = (name: string): boolean =>
	name.includes('/') ? mayExecute(name) : (process.env.PATH ?? '').split(delimiter).some((dir) => dir !== '' && mayExecute(join(dir, name)));

/**
 * The one place of this room that starts a process: a check of the user's, without a shell, in a process group of its own.
 * When it has ended, or the signal says so, what is left of its group is killed, by the id that was given at the start.
 * Rejects with the system's error if it cannot be started.
 */
export const runCheck = (program: string, args: readonly string[], env: Record<string, string>, mostBytes: number, signal: AbortSignal): Promise<Ended> =>
	new Promise((resolve, reject) => {
		const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
		if (running.size === 0) process.on('exit', endAll);
		running.add(child);
		const out: Buffer[] = [];
		const err: Buffer[] = [];
		const ended: Ended = { code: null, signal: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), bytes: 0, tooLarge: false };
		const collect = (into: Buffer[]) => (chunk: Buffer) => {
			ended.bytes += chunk.length;
			if (ended.bytes <= mostBytes) into.push(chunk);
			else if (!ended.tooLarge) {
				ended.tooLarge = true;
				endGroup(child);
			}
		};
		let timer: NodeJS.Timeout | undefined;
		const letGo = (): void => {
			child.stdout?.destroy();
			child.stderr?.destroy();
		};
		const onAbort = (): void => {
			endGroup(child);
			letGo();
		};
		const forget = (): void => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			running.delete(child);
			if (running.size === 0) process.removeListener('exit', endAll);
		};
		child.stdout?.on('data', collect(out));
		child.stderr?.on('data', collect(err));
		signal.addEventListener('abort', onAbort, { once: true });
		child.on('error', (error) => {
			forget();
			reject(error);
		});
		child.on('exit', () => {
			endGroup(child);
			// Who has left the group may live, but keeps nobody waiting at its end of the pipes.
			timer = setTimeout(letGo, DRAIN_MS);
		});
		child.on('close', (code, by) => {
			forget();
			resolve({ ...ended, code, signal: by, stdout: Buffer.concat(out), stderr: Buffer.concat(err) });
		});
		if (signal.aborted) onAbort();
	});
