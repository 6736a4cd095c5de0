import type { Undo } from './undo.js';

/**
 * The only room that starts processes. Every child is a node process that waits at a gate until the watchdog has
 * its identity (pid, start time, run) on disk; then it loads `entry`. Each leads its own process group; whatever it
 * starts stays in that group, or is found by DARUMA_RUN in its environment.
 */
export interface Custody {
	readonly run: string;
	spawn(spec: WardSpec): Promise<Ward>;
	/**
	 * Puts an undo on disk through the watchdog, and resolves when it is there. From then on it will be carried out:
	 * by `heal`, or by the watchdog at `withinMs`, at our death, or when our heartbeat stops. Rejects with exit 5 for a
	 * process that this run has not started, with exit 4 when the journal cannot be written or custody is broken.
	 */
	arm(undo: Undo, withinMs: number): Promise<Armed>;
	/** Resolves with the reason when custody is broken (the watchdog died, or healed over our head): the run must stop. */
	readonly broken: Promise<string>;
	/** Heals everything armed (latest first), ends every ward (SIGTERM, then SIGKILL after `graceMs`), verifies, and dismisses the watchdog. Idempotent. Throws exit 6 if something could not be verified. */
	close(graceMs?: number): Promise<void>;
}

export interface Armed {
	/** Carries the undo out, verifies it, and takes it off the watchdog's list. Idempotent. */
	heal(): Promise<void>;
	/** Its time limit begins anew: for what is to last as long as whoever renews it lives. */
	renew(withinMs: number): void;
}

export interface WardSpec {
	/** For logs and messages: 'n2', 'subject', 'generator'. */
	name: string;
	/** Absolute path of the compiled module that runs behind the gate. It gets its `args` as the one argument of its exported `main(args, link)`. */
	entry: string;
	/** JSON. */
	args: unknown;
	env?: Record<string, string>;
	/** stdout and stderr are appended here. */
	logFile: string;
	cwd?: string;
}

export interface Ward {
	readonly name: string;
	readonly pid: number;
	/** Field 22 of /proc/pid/stat, with which a reused pid is told apart. */
	readonly startTime: string;
	send(message: object): void;
	/** Messages from the ward's `link.send`. */
	onMessage(listener: (message: { kind: string; [key: string]: unknown }) => void): void;
	/** Resolves when the leader has ended, and whatever it left behind (in its group or out of it) is gone too. */
	readonly exited: Promise<{ code: number | null; signal: string | null }>;
	readonly running: boolean;
	/** To the whole group, after checking that pid and start time are still ours. */
	signalGroup(signal: NodeJS.Signals): void;
	/** SIGTERM to the group, SIGKILL after `graceMs`; resolves when every process of the group is gone. */
	end(graceMs?: number): Promise<void>;
}

/** The other end, inside the child. `onMessage` hears what `Ward.send` sent. When the parent goes, the child's whole group is killed by the gate. */
export interface Link {
	send(message: { kind: string; [key: string]: unknown }): void;
	onMessage(listener: (message: { kind: string; [key: string]: unknown }) => void): void;
}
export type WardMain = (args: unknown, link: Link) => Promise<void> | void;
