import { lstatSync, unlinkSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Identity } from '../platform/process-identity.js';
import { continueGroup, killGroup, runToken } from './group.js';

/**
 * How to undo a fault: data, because it must survive our own death. `group` is the leader's pid with its start time;
 * an undo whose process is gone (or whose pid is somebody else's by now) has nothing left to do, and says so.
 */
export type Undo =
	| { kind: 'continue-group'; pid: number; startTime: string }
	| { kind: 'kill-group'; pid: number; startTime: string; run: string }
	| { kind: 'remove-file'; path: string };

/**
 * Carries an undo out and verifies it; throws a sentence if that cannot be done. Idempotent. Touches only what is
 * ours: groups by pid and start time (or a known member), and files whose path names the run.
 */
export const carryOut = async (undo: Undo, run: string, members: readonly Identity[] = []): Promise<void> => {
	if (undo.kind === 'continue-group') await continueGroup({ pid: undo.pid, startTime: undo.startTime, token: runToken(run), members });
	else if (undo.kind === 'kill-group') await killGroup({ pid: undo.pid, startTime: undo.startTime, token: runToken(undo.run), members });
	else removeFile(undo.path, run);
};

/** Why this undo could never be carried out, or undefined. Asked before it is armed. */
export const objection = (undo: Undo, run: string): string | undefined => {
	if (undo.kind === 'remove-file' && !(isAbsolute(undo.path) && undo.path.includes(run)))
		return `${undo.path} is not ours to remove: an absolute path with the run's id was expected`;
	return undefined;
};

const removeFile = (path: string, run: string): void => {
	const wrong = objection({ kind: 'remove-file', path }, run);
	if (wrong) throw new Error(wrong);
	try {
		if (lstatSync(path).isDirectory()) throw new Error(`${path} is a folder, and folders are not removed`);
		unlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
	}
};

/** For messages. */
export const describe = (undo: Undo): string => {
	if (undo.kind === 'remove-file') return `remove ${undo.path}`;
	return `${undo.kind === 'continue-group' ? 'continue' : 'kill'} group ${undo.pid}`;
};
