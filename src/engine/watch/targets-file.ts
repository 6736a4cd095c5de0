import { readFileSync, statSync } from 'node:fs';
import { usageError } from '../../model/errors.js';
import type { Target } from '../../model/target.js';
import { parseWatched, type Watched } from './watched.js';

/** A larger file is no list of endpoints, bytes. */
const LARGEST = 16 * 1024 * 1024;

/** The endpoints of a file: one a line, as on the command line; `#` begins a comment. @throws {DarumaError} E_TARGETS_FILE with file and line. */
export const parseTargets = (file: string, text: string): Target[] => {
	const targets = new Map<string, Target>();
	for (const [i, line] of text.split(/\r?\n/).entries()) {
		const written = line.replace(/(^|\s)#.*$/, '').trim();
		if (written === '') continue;
		let found: Watched;
		try {
			found = parseWatched(written);
		} catch (error) {
			throw usageError('E_TARGETS_FILE', `${file}:${i + 1}: ${(error as Error).message}`, (error as { hint?: string }).hint);
		}
		if ('push' in found) throw usageError('E_TARGETS_FILE', `${file}:${i + 1}: push:NAME belongs on the command line`);
		targets.set(found.target.name, found.target);
	}
	if (targets.size === 0) throw usageError('E_TARGETS_FILE', `${file}: it names no endpoint`, 'one URL a line, such as http://127.0.0.1:8080/health');
	return [...targets.values()];
};

/** @throws {DarumaError} E_TARGETS_FILE */
export const readTargets = (file: string): Target[] => {
	let text: string;
	try {
		if (statSync(file).size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
		text = readFileSync(file, 'utf8');
	} catch (error) {
		throw usageError('E_TARGETS_FILE', `${file}: ${(error as Error).message}`);
	}
	return parseTargets(file, text);
};

/** What the file is now: another inode, size or time is another content. '' if there is none. */
const stamp = (file: string): string => {
	try {
		const { ino, size, mtimeMs } = statSync(file);
		return `${ino} ${size} ${mtimeMs}`;
	} catch {
		return '';
	}
};

const POLL_MS = 250;

/**
 * Follows a file, also when it is replaced by another of its name. It is read when it has kept still for one look, so
 * that a file that is being written is not read in the middle. Whoever is told `wrong` keeps what was right before.
 */
export const followTargets = (file: string, events: { changed(targets: Target[]): void; wrong(message: string): void }): (() => void) => {
	let read = stamp(file);
	let last = read;
	const timer = setInterval(() => {
		const now = stamp(file);
		const still = now === last;
		last = now;
		if (!still || now === read) return;
		read = now;
		try {
			events.changed(readTargets(file));
		} catch (error) {
			events.wrong((error as Error).message);
		}
	}, POLL_MS);
	return () => clearInterval(timer);
};
