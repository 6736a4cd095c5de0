import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
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
	| { kind: 'remove-file'; path: string }
	/** Only an empty one. */
	| { kind: 'remove-folder'; path: string };

/**
 * Carries an undo out and verifies it; throws a sentence if that cannot be done. Idempotent. Touches only what is
 * ours: groups by pid and start time (or a known member), and files whose path names the run.
 */
export const carryOut = async (undo: Undo, run: string, members: readonly Identity[] = []): Promise<void> => {
	if (undo.kind === 'continue-group') await continueGroup({ pid: undo.pid, startTime: undo.startTime, token: runToken(run), members });
	else if (undo.kind === 'kill-group') await killGroup({ pid: undo.pid, startTime: undo.startTime, token: runToken(undo.run), members });
	else remove(undo, run);
};

/** Why this undo could never be carried out, or undefined. Asked before it is armed. */
export const objection = (undo: Undo, run: string): string | undefined => {
	if ('path' in undo && !(isAbsolute(undo.path) && undo.path.includes(run)))
		return `${undo.path} is not ours to remove: an absolute path with the run's id was expected`;
	return undefined;
};

const remove = (undo: Extract<Undo, { path: string }>, run: string): void => {
	const wrong = objection(undo, run);
	if (wrong) throw new Error(wrong);
	const { kind, path } = undo;
	try {
		const isFolder = lstatSync(path).isDirectory();
		if (kind === 'remove-folder') {
			if (!isFolder) throw new Error(`${path} is no folder`);
			rmdirSync(path);
		} else if (isFolder) throw new Error(`${path} is a folder, and folders are not removed`);
		else unlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
	}
};

/** For messages. */
export const describe = (undo: Undo): string => {
	if ('path' in undo) return `remove ${undo.path}`;
	return `${undo.kind === 'continue-group' ? 'continue' : 'kill'} group ${undo.pid}`;
};
