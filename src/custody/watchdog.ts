import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stageError } from '../model/errors.js';
import { ownIdentity } from '../platform/process-identity.js';
import type { Entry } from './journal.js';
import { Lease } from './lease.js';
import type { FromWatchdog, ToWatchdog, WatchdogArgs } from './watchdog-main.js';

const MAIN = fileURLToPath(new URL('./watchdog-main.js', import.meta.url));
const BEAT_MS = 250;

/** daruma's end of the channel to its watchdog. */
export class Watchdog {
	/** Resolves with the reason when the watchdog has gone, or has healed over our head, before it was dismissed. */
	readonly lost: Promise<string>;
	readonly pid: number;
	/** What the watchdog said could not be healed when it healed over our head. */
	readonly failures: string[] = [];
	private readonly child: ChildProcess;
	private readonly waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
	private readonly exited: Promise<void>;
	private readonly onExpired: (id: number, error?: string) => void;
	private readonly beat: NodeJS.Timeout;
	private lose: (why: string) => void = () => {};
	private gone = '';
	private seq = 0;

	/** Resolves when the watchdog has its journal on disk. `onExpired` hears of undos that came to their deadline. */
	static async start(args: Omit<WatchdogArgs, 'daruma'>, onExpired: (id: number, error?: string) => void): Promise<Watchdog> {
		const env: NodeJS.ProcessEnv = { ...process.env };
		// It must belong to no run (a sweep would end it), and load nothing but itself.
		for (const name of ['DARUMA_RUN', 'DARUMA_WARD', 'NODE_OPTIONS']) delete env[name];
		const child = spawn(process.execPath, [MAIN, JSON.stringify({ ...args, daruma: ownIdentity() })], {
			detached: true,
			stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
			env,
			cwd: '/',
		});
		const started = await new Promise<string>((resolve) => {
			child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
			child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
			child.once('message', (first: FromWatchdog) => resolve(first.kind === 'healed' ? first.why : ''));
		});
		if (started !== '')
			throw stageError('E_WATCHDOG', `the watchdog did not start: ${started}`, `is ${args.journal} writable, and is there memory for one more process?`);
		return new Watchdog(child, args.leaseMs, onExpired);
	}

	private constructor(child: ChildProcess, leaseMs: number, onExpired: (id: number, error?: string) => void) {
		this.child = child;
		this.pid = child.pid as number;
		this.onExpired = onExpired;
		this.lost = new Promise((resolve) => {
			this.lose = (why) => {
				if (this.part(why)) resolve(why);
			};
		});
		this.exited = new Promise((resolve) => void child.once('exit', () => resolve()));
		child.on('message', (message) => this.hear(message as FromWatchdog, lease));
		child.on('error', () => {});
		// Not `exit`: its last words may still lie unread in the channel then.
		child.once('disconnect', () => this.lose('the watchdog has gone'));
		const lease = new Lease(leaseMs, BEAT_MS, performance.now());
		this.beat = setInterval(() => {
			this.tell({ kind: 'beat' });
			if (lease.missed(performance.now())) this.lose(`the watchdog gave no sign of life for ${leaseMs} ms`);
		}, BEAT_MS);
		if (!child.connected) this.lose('the watchdog has gone');
	}

	/** Resolves when `entry` is on disk. Rejects with exit 4 when it cannot be written, or nobody is there to write it. */
	write(entry: Entry): Promise<void> {
		if (this.gone !== '') return Promise.reject(this.absent());
		const seq = ++this.seq;
		return new Promise((resolve, reject) => {
			this.waiting.set(seq, { resolve, reject });
			this.tell({ kind: 'write', seq, entry });
		});
	}

	/** For what may be lost, since it only makes healing look once more. */
	note(entry: Entry): void {
		this.tell({ kind: 'note', entry });
	}

	/** What is armed shall not be undone before so long from now. */
	renew(id: number, withinMs: number): void {
		this.tell({ kind: 'renew', id, withinMs });
	}

	/** Everything is undone and ended: it may go. SIGKILL if it does not. True if it wrote so itself. */
	async dismiss(): Promise<boolean> {
		const present = this.gone === '';
		if (present) this.tell({ kind: 'dismiss' });
		this.part('the run has ended');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), present ? 2000 : 0);
		await this.exited;
		clearTimeout(timer);
		return present && this.child.exitCode === 0;
	}

	/** Leaves what we could not heal to it: the end of the channel makes it try again, and it goes by itself. */
	release(): void {
		this.part('the run has ended');
		if (this.child.connected) this.child.disconnect();
		this.child.unref();
	}

	private part(why: string): boolean {
		if (this.gone !== '') return false;
		this.gone = why;
		clearInterval(this.beat);
		for (const { reject } of this.waiting.values()) reject(this.absent());
		this.waiting.clear();
		return true;
	}

	private tell(message: ToWatchdog): void {
		if (this.child.connected) this.child.send(message, () => {});
	}

	private hear(message: FromWatchdog, lease: Lease): void {
		lease.heard(performance.now());
		if (message.kind === 'ack') {
			const waiter = this.waiting.get(message.seq);
			this.waiting.delete(message.seq);
			if (message.error === undefined) waiter?.resolve();
			else waiter?.reject(stageError('E_JOURNAL', `the journal of undos could not be written (${message.error})`, 'free some disk space and run again'));
		} else if (message.kind === 'expired') this.onExpired(message.id, message.error);
		else if (message.kind === 'healed') {
			this.failures.push(...message.failures);
			this.lose(`the watchdog healed over our head: ${message.why}`);
		}
	}

	private absent(): Error {
		return stageError('E_CUSTODY', `nothing more is started: ${this.gone}`, 'run again');
	}
}
