import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readJournal } from '../../custody/journal.js';
import { bootId, type Identity, isAlive, ownIdentity } from '../../platform/process-identity.js';
import { darumaFolder, type RunFolder } from '../../platform/run-folder.js';

/** `.daruma/session.json`: which process owns the cluster of this folder, and how it is reached. */
export interface SessionRecord extends Identity {
	schema: 'daruma.session/1';
	run: string;
	/** The run's folder, absolute. */
	folder: string;
	boot: string;
	/** A unix socket of mode 0600 in a folder of mode 0700; its path is short wherever the cluster's folder lies. */
	socket: string;
	detached: boolean;
}

export interface FoundSession {
	/** The folder in which `.daruma/` lies. */
	base: string;
	record: SessionRecord;
	/** living: its owner lives. over: its owner has gone, and nothing is owed. owing: its owner has gone, and the journal is not closed. */
	state: 'living' | 'over' | 'owing';
}

const NAME = 'session.json';

export const recordOf = (folder: RunFolder, socket: string, detached: boolean): SessionRecord => ({
	schema: 'daruma.session/1',
	run: folder.id,
	folder: folder.path,
	...ownIdentity(),
	boot: bootId(),
	socket,
	detached,
});

/** Whole or not at all. */
export const writeRecord = (base: string, record: SessionRecord): void => {
	const path = join(darumaFolder(base), NAME);
	const aside = `${path}.${process.pid}`;
	writeFileSync(aside, `${JSON.stringify(record, null, '\t')}\n`, { mode: 0o600 });
	renameSync(aside, path);
};

/** Removes the record if it is still the one of this run. Idempotent. */
export const removeRecord = (base: string, run: string): void => {
	if (read(base)?.run === run) rmSync(join(base, '.daruma', NAME), { force: true });
};

const read = (base: string): SessionRecord | null => {
	try {
		const record = JSON.parse(readFileSync(join(base, '.daruma', NAME), 'utf8')) as SessionRecord;
		return record.schema === 'daruma.session/1' ? record : null;
	} catch {
		return null;
	}
};

/** The journal of its run is not closed. */
export const owes = (folder: string): boolean => {
	const journal = join(folder, 'journal.ndjson');
	return existsSync(journal) && !readJournal(journal).debts.closed;
};

const stateOf = (record: SessionRecord): FoundSession['state'] => {
	if (record.boot === bootId() && isAlive(record)) return 'living';
	return owes(record.folder) ? 'owing' : 'over';
};

/** The session of this folder, or of the nearest one above that has any. */
export const findSession = (cwd: string): FoundSession | null => {
	for (let base = resolve(cwd); ; base = dirname(base)) {
		const record = read(base);
		if (record) return { base, record, state: stateOf(record) };
		if (dirname(base) === base) return null;
	}
};
