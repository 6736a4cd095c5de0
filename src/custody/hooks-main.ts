import { type ChildProcess, spawn } from 'node:child_process';
import type { WardMain } from './custody.js';

/** What the runner of hooks is told. */
export interface RunHook {
	kind: 'hook';
	id: number;
	argv: string[];
	env: Record<string, string>;
	timeoutMs: number;
}

/** And what it says when one has ended. */
export interface HookEnded {
	kind: 'ended';
	id: number;
	code: number | null;
	signal: string | null;
	timedOut: boolean;
	/** ENOENT, EACCES …: it was never started. */
	error?: string;
	/** The end of what it wrote. */
	output: string;
}

/** So much of a hook's last words is kept, bytes. */
const LAST_WORDS = 1024;

/** With all that it has started, as far as that is still in its group. */
const kill = (child: ChildProcess): void => {
	try {
		process.kill(-(child.pid as number), 'SIGKILL');
	} catch {
		child.kill('SIGKILL');
	}
};

/**
 * Runs hooks, each in a process group of its own, without a shell. It is the ward of whoever watches: when that ends,
 * however it ends, the gate kills this process and every hook with it.
 */
export const main: WardMain = (_args, link) => {
	link.onMessage((message) => {
		if (message.kind !== 'hook') return;
		const { id, argv, env, timeoutMs } = message as unknown as RunHook;
		let output = '';
		let timedOut = false;
		let done = false;
		const ended = (rest: Omit<HookEnded, 'kind' | 'id' | 'timedOut' | 'output'>): void => {
			if (done) return;
			done = true;
			clearTimeout(timer);
			link.send({ kind: 'ended', id, timedOut, output: output.trim(), ...rest });
		};
		const child = spawn(argv[0] as string, argv.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
		const timer = setTimeout(() => {
			timedOut = true;
			kill(child);
		}, timeoutMs);
		for (const stream of [child.stdout, child.stderr]) {
			stream?.setEncoding('utf8').on('data', (text: string) => {
				output = (output + text).slice(-LAST_WORDS);
			});
		}
		child.once('error', (error: NodeJS.ErrnoException) => ended({ code: null, signal: null, error: error.code ?? error.message }));
		// Not `close`: a grandchild may hold its output open for ever.
		child.once('exit', (code, signal) => setImmediate(() => ended({ code, signal })));
	});
};
