/** The exit codes of the contract; docs/exit-codes.md repeats them and a test compares the two. */
export const EXIT = {
	ok: 0,
	failed: 1,
	usage: 2,
	inconclusive: 3,
	stage: 4,
	unsafe: 5,
	unhealed: 6,
	bug: 70,
	interrupted: 130,
	terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An error that a user can act on: what happened (with where, expected and found), and what to do next.
 * `code` is stable (E_CONFIG, E_PORT_IN_USE …); scripts switch on it, never on the text.
 */
export class DarumaError extends Error {
	readonly code: string;
	readonly exit: ExitCode;
	readonly hint: string | undefined;
	constructor(code: string, exit: ExitCode, message: string, hint?: string) {
		super(message);
		this.name = 'DarumaError';
		this.code = code;
		this.exit = exit;
		this.hint = hint;
	}
}

/** Flags, files or values that are wrong; nothing has been touched. */
export const usageError = (code: string, message: string, hint?: string): DarumaError => new DarumaError(code, EXIT.usage, message, hint);
/** The stage could not be set, or did not hold: a port is taken, a node never got ready, a program is absent. */
export const stageError = (code: string, message: string, hint?: string): DarumaError => new DarumaError(code, EXIT.stage, message, hint);
