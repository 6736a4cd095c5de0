import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { stageError } from '../model/errors.js';

export interface Detached {
	child: ChildProcess;
	/** Its first message; rejects if it ends before it has said anything. */
	first: Promise<unknown>;
	/** Lets it live on without us. */
	release(): void;
}

/**
 * A daruma of its own: it leads a session, so that no terminal reaches it, and answers for itself with its own custody.
 * Until it is released the end of the channel tells it that nobody waits for it any more.
 */
export const startDetached = (entry: string, args: unknown, logFile: string): Detached => {
	const log = openSync(logFile, 'a');
	let child: ChildProcess;
	try {
		child = spawn(process.execPath, [entry], { detached: true, stdio: ['ignore', log, log, 'ipc'] });
	} finally {
		closeSync(log);
	}
	const first = new Promise<unknown>((resolve, reject) => {
		child.once('error', (error: NodeJS.ErrnoException) => reject(stageError('E_SPAWN', `the supervisor could not be started: ${error.code ?? error.message}`)));
		child.once('message', resolve);
		child.once('exit', (code, signal) =>
			// Its last words may still lie in the channel.
			setImmediate(() =>
				reject(stageError('E_SUPERVISOR', `the supervisor ended before it was ready (${signal ?? `exit code ${code}`})`, `its log: ${logFile}`)),
			),
		);
	});
	first.catch(() => {});
	child.send({ kind: 'begin', args }, () => {});
	return {
		child,
		first,
		release() {
			if (child.connected) child.disconnect();
			child.unref();
		},
	};
};
