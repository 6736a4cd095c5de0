import { accessSync, constants, existsSync } from 'node:fs';
import { readJournals } from '../custody/heal.js';
import { DarumaError } from '../model/errors.js';
import { freePort } from '../platform/ports.js';
import { findHaproxy } from '../systems/haproxy.js';
import { findNginx } from '../systems/nginx.js';
import type { Program } from '../systems/program.js';

export interface Finding {
	name: string;
	state: 'ok' | 'missing' | 'problem';
	detail: string;
	/** What does not work without it, or how to mend it. */
	need: string;
}

/** Asked through the same search that verify uses, so that doctor never finds what verify does not. */
const program = async (name: string, search: () => Promise<Program>, need: string): Promise<Finding> => {
	try {
		const { version, path } = await search();
		return { name, state: 'ok', detail: `${version} (${path})`, need };
	} catch (error) {
		const absent = error instanceof DarumaError;
		return { name, state: absent ? 'missing' : 'problem', detail: (error as Error).message, need };
	}
};

const node = (): Finding => {
	const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
	const fits = major > 20 || (major === 20 && minor >= 19);
	return { name: 'node', state: fits ? 'ok' : 'problem', detail: process.version, need: 'Node 20.19 or newer' };
};

const proc = (): Finding =>
	existsSync('/proc/self/stat')
		? { name: '/proc', state: 'ok', detail: 'process identity by start time; frozen states are seen', need: 'Linux' }
		: {
				name: '/proc',
				state: 'missing',
				detail: `none on ${process.platform}`,
				need: 'process identity falls back to ps; freeze and term are seen less exactly',
			};

const port = async (): Promise<Finding> => {
	try {
		return { name: 'ports', state: 'ok', detail: `127.0.0.1:${await freePort()} is free`, need: 'free ports below the ephemeral range' };
	} catch (error) {
		return { name: 'ports', state: 'problem', detail: (error as Error).message, need: 'free ports below the ephemeral range' };
	}
};

const folder = (baseDir: string): Finding => {
	try {
		accessSync(baseDir, constants.W_OK);
		return { name: 'folder', state: 'ok', detail: `${baseDir} can be written`, need: 'runs are kept in .daruma/' };
	} catch {
		return { name: 'folder', state: 'problem', detail: `${baseDir} cannot be written`, need: 'run where you may write: runs are kept in .daruma/' };
	}
};

const leftovers = (baseDir: string): Finding => {
	const open = readJournals(baseDir).filter((j) => j.state === 'unfinished');
	return open.length === 0
		? { name: 'leftovers', state: 'ok', detail: 'no unfinished run', need: '' }
		: { name: 'leftovers', state: 'problem', detail: `${open.length} unfinished: ${open.map((j) => j.run).join(', ')}`, need: 'run: daruma heal' };
};

/** What this machine has of what daruma can use, and what each thing is needed for. */
export const examine = async (baseDir: string): Promise<Finding[]> => [
	node(),
	proc(),
	folder(baseDir),
	await port(),
	leftovers(baseDir),
	await program('nginx', findNginx, 'verify with subject nginx (Debian: apt-get install nginx-light)'),
	await program('haproxy', findHaproxy, 'verify with subject haproxy (Debian: apt-get install haproxy)'),
];
