import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Cancel, Clock } from '../model/clock.js';
import type { Following, Listed, SourceListener } from './source.js';

const POLL_MS = 250;
/** A larger file is no list of endpoints, bytes. */
const LARGEST = 16 * 1024 * 1024;

/** What one reading of files looks at: whatever goes through it is watched from then on. */
export class Looked {
	readonly stamps = new Map<string, string>();

	/** @throws what is wrong with the file, with its name. */
	read(file: string): string {
		this.see(file);
		try {
			if (statSync(file).size > LARGEST) throw new Error(`larger than ${LARGEST} bytes`);
			return readFileSync(file, 'utf8');
		} catch (error) {
			const { code, message } = error as NodeJS.ErrnoException;
			throw new Error(`${file}: ${code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : message}`);
		}
	}

	/** The names in a folder, sorted; none if it is not there. */
	names(folder: string): string[] {
		this.see(folder);
		try {
			return readdirSync(folder).sort();
		} catch {
			return [];
		}
	}

	/** Also what is not there yet is waited for. */
	see(path: string): void {
		if (!this.stamps.has(path)) this.stamps.set(path, stamp(path));
	}
}

/** What a path is now: another inode, size or time is another content. '' if there is none. */
const stamp = (path: string): string => {
	try {
		const { ino, size, mtimeMs, ctimeMs } = statSync(path);
		return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
	} catch {
		return '';
	}
};

/**
 * Reads a list out of files, and again whenever one of those that the last reading looked at is another one; links and
 * atomic replacement are followed. They are read again once they have kept still for one look, so that nothing is read
 * in the middle of being written. By looking, not by inotify: that also works on network file systems and for links.
 */
export const followFiles = (read: (looked: Looked) => { entries: Listed[]; note?: string }, listener: SourceListener, clock: Clock): Following => {
	let looked = new Looked();
	let closed = false;
	let cancel: Cancel = () => {};
	const turn = (): void => {
		looked = new Looked();
		try {
			const { entries, note } = read(looked);
			listener.listed(entries, note);
		} catch (error) {
			listener.lost((error as Error).message);
		}
	};
	const now = (): string => [...looked.stamps.keys()].map(stamp).join('\n');
	let last = '';
	const look = (): void => {
		const seen = now();
		const still = seen === last;
		last = seen;
		if (still && seen !== [...looked.stamps.values()].join('\n')) {
			turn();
			last = now();
		}
		if (!closed) cancel = clock.at(clock.now() + POLL_MS, look);
	};
	// Not before whoever follows has what follows.
	queueMicrotask(() => {
		if (closed) return;
		turn();
		last = now();
		cancel = clock.at(clock.now() + POLL_MS, look);
	});
	return {
		async close() {
			closed = true;
			cancel();
		},
	};
};
