import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { usageError } from '../model/errors.js';

/** A library under test, as it would be loaded. */
export interface Library {
	version: string;
	/** Absolute: what `require` would load. */
	entry: string;
	/** It came along with daruma, since none is found from the project's folder. */
	own: boolean;
}

/** The package's folder is the nearest one above its entry whose package.json bears its name. */
const versionOf = (name: string, entry: string): string => {
	for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
		const file = join(folder, 'package.json');
		if (!existsSync(file)) continue;
		const found = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
		if (found.name === name) return found.version ?? 'unknown';
	}
	return 'unknown';
};

const resolveFrom = (name: string, from: string | URL): string | null => {
	try {
		return createRequire(from).resolve(name);
	} catch {
		return null;
	}
};

/**
 * Finds `name` as a module in `folder` would, so that what is tested is what the project runs; else daruma's own copy.
 * Nothing is loaded. Throws E_NOT_FOUND (exit 2) if there is neither.
 */
export const findLibrary = (name: string, folder: string): Library => {
	const theirs = resolveFrom(name, join(folder, 'daruma.yaml'));
	const ours = resolveFrom(name, import.meta.url);
	const entry = theirs ?? ours;
	if (entry === null) throw usageError('E_NOT_FOUND', `${name} was not found from ${folder}, nor beside daruma`, `npm install ${name}`);
	return { version: versionOf(name, entry), entry, own: entry === ours };
};

/** Loads what {@link findLibrary} found. */
export const loadLibrary = <T>({ entry }: Library): T => createRequire(entry)(entry) as T;
