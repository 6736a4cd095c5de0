import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { WardMain } from './custody.js';

/** A foreign program, started without a shell, in its holder's group, with its holder's log. */
export interface HolderArgs {
	argv: string[];
	/** Added to the ward's own environment. */
	env?: Record<string, string>;
	cwd?: string;
}

/** What a holder says over its link. */
export type HolderMessage =
	| { kind: 'started'; pid: number }
	| { kind: 'exited'; code: number | null; signal: string | null }
	/** ENOENT: no such program, or no such `cwd`; EACCES: not executable. */
	| { kind: 'spawn-error'; code: string };

/**
 * Holds one foreign command and ends with it, with its exit code (or 128 + signal, as shells say). It hears
 * `{kind: 'signal', signal}` for the command alone; what is sent to the group reaches the command by itself, so the
 * holder only waits for it then.
 */
export const main: WardMain = (args, link) => {
	const { argv, env, cwd } = args as HolderArgs;
	for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});
	const last = (message: HolderMessage, code: number): void => void process.send?.(message, undefined, undefined, () => process.exit(code));
	const child = spawn(argv[0] as string, argv.slice(1), {
		stdio: ['ignore', 'inherit', 'inherit'],
		env: { ...process.env, ...env },
		...(cwd === undefined ? {} : { cwd }),
	});
	child.once('error', (error: NodeJS.ErrnoException) => last({ kind: 'spawn-error', code: error.code ?? error.message }, 127));
	child.once('spawn', () => link.send({ kind: 'started', pid: child.pid }));
	child.once('exit', (code, signal) => last({ kind: 'exited', code, signal }, code ?? 128 + (signal ? constants.signals[signal] : 0)));
	link.onMessage((message) => {
		if (message.kind === 'signal') child.kill(message.signal as NodeJS.Signals);
	});
};
