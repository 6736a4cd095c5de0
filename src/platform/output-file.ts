import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stageError, usageError } from '../model/errors.js';

/** A file that appears whole, or not at all: whoever collects it (node_exporter, a CI server) never reads half of it. */
export interface OutputFile {
	write(text: string): void;
	/** It takes its place. @throws {DarumaError} E_OUTPUT, exit 4, as `write`: the disk is full, say. */
	commit(): void;
	/** It leaves nothing behind; after `commit` it does nothing. */
	discard(): void;
}

const said = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** What is written first, and what it becomes: a link stays a link, and a device or a pipe is never replaced by a file. */
const places = (path: string): { aside: string; last: string | null; mode: number } => {
	const there = statSync(path, { throwIfNoEntry: false });
	if (there && !there.isFile() && !there.isDirectory()) return { aside: path, last: null, mode: 0 };
	if (there?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
	const last = there ? realpathSync(path) : path;
	// In the same folder, since a rename does not cross file systems; its end is its own, so that nobody's *.prom finds it.
	return { aside: join(dirname(last), `.${basename(last)}.${process.pid}.tmp`), last, mode: there ? there.mode & 0o777 : 0o644 };
};

/** @throws {DarumaError} E_OUTPUT, exit 2, where nothing can be written. */
export const openOutput = (path: string): OutputFile => {
	let fd = -1;
	let aside: string;
	let last: string | null;
	try {
		const found = places(path);
		({ aside, last } = found);
		if (last !== null) rmSync(aside, { force: true });
		fd = last === null ? openSync(path, 'w') : openSync(aside, 'wx', found.mode);
	} catch (error) {
		throw usageError('E_OUTPUT', `--output ${path}: cannot write there (${said(error)})`, 'its folder must be there, and be writable');
	}
	const close = (): void => {
		if (fd >= 0) closeSync(fd);
		fd = -1;
	};
	const discard = (): void => {
		if (fd < 0) return;
		close();
		if (last !== null) rmSync(aside, { force: true });
	};
	const attempt = (act: () => void): void => {
		try {
			act();
		} catch (error) {
			discard();
			throw stageError('E_OUTPUT', `--output ${path}: ${said(error)}; what was there before is as it was`);
		}
	};
	return {
		write: (text) =>
			attempt(() => {
				const bytes = Buffer.from(text);
				for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
			}),
		commit: () =>
			attempt(() => {
				if (last !== null) {
					fsyncSync(fd);
					renameSync(aside, last);
				}
				close();
			}),
		discard,
	};
};
