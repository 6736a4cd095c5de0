import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { HookEnded, RunHook } from './hooks-main.js';
import { type LiveWard, startAtGate } from './wards.js';

const ENTRY = fileURLToPath(new URL('./hooks-main.js', import.meta.url));
/** Ids are of one watch; the token by which its processes are found again is not guessed. */
const newRun = (): string => `watch-${process.pid}-${randomBytes(4).toString('hex')}`;

export interface HooksOptions {
	/** So many run at a time, and so many wait for their turn. */
	most: number;
	mostWaiting: number;
	timeoutMs: number;
	ended(argv: readonly string[], ended: HookEnded): void;
}

export interface Hooks {
	/** False: too many wait already, and it is not run. */
	run(argv: readonly string[], env: Readonly<Record<string, string>>): boolean;
	readonly running: number;
	/** Waits for those that run, at most so long, and ends the rest. Idempotent. */
	close(graceMs: number): Promise<void>;
}

/** Runs commands beside us, and never longer than us. Rejects with exit 4 when there is no process to be had. */
export const openHooks = async ({ most, mostWaiting, timeoutMs, ended }: HooksOptions): Promise<Hooks> => {
	const waiting: { argv: readonly string[]; env: Readonly<Record<string, string>> }[] = [];
	const running = new Map<number, readonly string[]>();
	let lastId = 0;
	let ward: LiveWard;
	let closing: Promise<void> | undefined;
	let idle: () => void = () => {};
	/** There is no process to be had any more. */
	let broken = false;

	const begin = async (): Promise<void> => {
		const started = await startAtGate({ name: 'hooks', entry: ENTRY, args: null, logFile: '/dev/null' }, newRun(), 1, () => {});
		ward = started;
		started.onMessage((message) => {
			if (message.kind === 'ended') finish(message as unknown as HookEnded);
		});
		started.go(ENTRY, null);
		// Somebody killed it: what it ran is gone, and the next ones get another.
		void started.exited.then(async () => {
			if (closing) return;
			broken = await begin().then(
				() => false,
				() => true,
			);
			if (broken) waiting.length = 0;
			for (const id of [...running.keys()]) finish({ kind: 'ended', id, code: null, signal: 'SIGKILL', timedOut: false, output: '' });
		});
	};
	const finish = (message: HookEnded): void => {
		const argv = running.get(message.id);
		if (!argv) return;
		running.delete(message.id);
		ended(argv, message);
		next();
		if (running.size === 0) idle();
	};
	const next = (): void => {
		while (running.size < most && waiting.length > 0) {
			const { argv, env } = waiting.shift() as (typeof waiting)[number];
			running.set(++lastId, argv);
			ward.send({ kind: 'hook', id: lastId, argv: [...argv], env: { ...env }, timeoutMs } satisfies RunHook);
		}
	};
	const close = async (graceMs: number): Promise<void> => {
		// Whoever waits still gets its turn, within the grace.
		if (running.size > 0 && graceMs > 0) {
			await new Promise<void>((resolve) => {
				idle = resolve;
				setTimeout(resolve, graceMs).unref();
			});
		}
		waiting.length = 0;
		await ward.end(0);
	};

	await begin();
	return {
		run(argv, env) {
			if (closing || broken || waiting.length >= mostWaiting) return false;
			waiting.push({ argv, env });
			next();
			return true;
		},
		get running() {
			return running.size;
		},
		close: (graceMs) => {
			closing ??= close(graceMs);
			return closing;
		},
	};
};
