import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Identity } from '../platform/process-identity.js';
import type { Undo } from './undo.js';

/** One line of journal.ndjson. What is acknowledged is on disk; what is not on disk has not been started. */
export type Entry =
	| { kind: 'header'; schema: 'daruma.journal/1'; run: string; boot: string; daruma: Identity; watchdog: Identity; at: string }
	| ({ kind: 'ward'; ward: number; name: string } & Identity)
	/** A process inside a ward's group, by which the group is known even when its leader has gone. */
	| ({ kind: 'member'; ward: number } & Identity)
	| { kind: 'armed'; id: number; undo: Undo; withinMs: number }
	| { kind: 'undone'; id: number; by: Actor }
	| { kind: 'ended'; ward: number }
	/** Last line: everything was undone, ended and verified. */
	| { kind: 'closed'; by: Actor; why: string };
export type Actor = 'daruma' | 'watchdog' | 'heal';

export interface WardEntry extends Identity {
	ward: number;
	name: string;
	members: Identity[];
}

/** What is still owed, in the order in which it was begun. */
export class Debts {
	header: Extract<Entry, { kind: 'header' }> | undefined;
	readonly wards = new Map<number, WardEntry>();
	readonly armed = new Map<number, Undo>();
	closed = false;

	apply(entry: Entry): void {
		if (entry.kind === 'header') this.header = entry;
		else if (entry.kind === 'ward') this.wards.set(entry.ward, { ward: entry.ward, name: entry.name, pid: entry.pid, startTime: entry.startTime, members: [] });
		else if (entry.kind === 'member') this.wards.get(entry.ward)?.members.push({ pid: entry.pid, startTime: entry.startTime });
		else if (entry.kind === 'armed') this.armed.set(entry.id, entry.undo);
		else if (entry.kind === 'undone') this.armed.delete(entry.id);
		else if (entry.kind === 'ended') this.wards.delete(entry.ward);
		else if (entry.kind === 'closed') this.closed = true;
	}
}

/**
 * Reads what is still owed. A line that was torn (the writer died, the disk was full) was never acknowledged, so
 * nothing was begun on its strength, and it is passed over.
 */
export const readJournal = (file: string): { debts: Debts; torn: number } => {
	const debts = new Debts();
	let torn = 0;
	for (const line of readFileSync(file, 'utf8').split('\n')) {
		if (line === '') continue;
		try {
			debts.apply(JSON.parse(line) as Entry);
		} catch {
			torn += 1;
		}
	}
	return { debts, torn };
};

export class JournalWriter {
	private readonly fd: number;
	/** The last write may have left half a line behind, or a dead writer may have. */
	private torn: boolean;

	constructor(file: string) {
		this.torn = existsSync(file);
		this.fd = openSync(file, 'a');
		sync(dirname(file));
	}

	/** On disk when it returns; throws what the file system says (ENOSPC …). */
	append(entry: Entry, durable = true): void {
		const bytes = Buffer.from(`${this.torn ? '\n' : ''}${JSON.stringify(entry)}\n`);
		this.torn = true;
		if (writeSync(this.fd, bytes) < bytes.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
		this.torn = false;
		if (durable) fsyncSync(this.fd);
	}

	close(): void {
		closeSync(this.fd);
	}
}

/** A file is safe only when the folder that names it is. Not every system can do this; there the file alone must do. */
const sync = (folder: string): void => {
	try {
		const fd = openSync(folder, 'r');
		try {
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
	} catch {}
};
