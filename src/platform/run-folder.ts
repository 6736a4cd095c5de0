import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { stageError, usageError } from '../model/errors.js';

/** Where everything of one run lies. All paths are absolute. */
export interface RunFolder {
	id: string;
	/** `.daruma/runs/<id>` */
	path: string;
	history: string;
	journal: string;
	/** The resolved experiment and seed. */
	plan: string;
	/** `daruma.run/1`: verdicts and metrics. */
	result: string;
	/** Of a cluster that was broken by hand, in place of a plan and a result. */
	session: string;
	/** For templates' `{dir}`; one folder per user of it. */
	scratch: string;
	/** stdout and stderr of the process of this name. */
	log(name: string): string;
}

const ID = /^\d{8}-\d{6}-[0-9a-z]{4}$/;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

const newId = (at: Date): string => {
	const time = at.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
	return `${time}-${Array.from({ length: 4 }, () => ALPHABET[randomInt(36)]).join('')}`;
};

/** A run's folder by its absolute path; nothing is made. */
export const openRun = (path: string): RunFolder => describe(path);

const describe = (path: string): RunFolder => ({
	id: basename(path),
	path,
	history: join(path, 'history.ndjson'),
	journal: join(path, 'journal.ndjson'),
	plan: join(path, 'plan.json'),
	result: join(path, 'run.json'),
	session: join(path, 'session.json'),
	scratch: join(path, 'scratch'),
	log: (name) => join(path, 'logs', `${name}.log`),
});

/** Not `recursive`: where no folders can be made (such as /proc) that never ends. */
const make = (path: string): void => {
	try {
		mkdirSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	}
};

/** `.daruma` in `base`, made if need be, and invisible to git: runs hold logs and foreign text. */
export const darumaFolder = (base: string): string => {
	const path = resolve(base, '.daruma');
	try {
		make(path);
		if (!existsSync(join(path, '.gitignore'))) writeFileSync(join(path, '.gitignore'), '*\n');
	} catch (error) {
		throw unwritable(path, error);
	}
	return path;
};

/** Makes a new run's folder in `base`. Ids begin with the time (UTC), so that they sort by it. */
export const createRun = (base: string, at = new Date()): RunFolder => {
	const runs = join(darumaFolder(base), 'runs');
	try {
		make(runs);
		for (;;) {
			const run = describe(join(runs, newId(at)));
			try {
				mkdirSync(run.path);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
				throw error;
			}
			mkdirSync(join(run.path, 'logs'));
			mkdirSync(run.scratch);
			return run;
		}
	} catch (error) {
		throw unwritable(runs, error);
	}
};

/** Oldest first. */
export const listRuns = (base: string): RunFolder[] => {
	const runs = resolve(base, '.daruma', 'runs');
	if (!existsSync(runs)) return [];
	return readdirSync(runs)
		.filter((name) => ID.test(name))
		.sort()
		.map((name) => describe(join(runs, name)));
};

/** A cluster that was broken by hand has nothing to report. */
export const latestRun = (base: string): RunFolder | undefined => listRuns(base).findLast((run) => !existsSync(run.session));

/** What people type for RUN: an id, the beginning of exactly one, a path to its folder (or a file in it), or 'latest'. */
export const resolveRun = (base: string, typed: string): RunFolder => {
	const all = listRuns(base);
	const none = `no runs in ${resolve(base, '.daruma', 'runs')}`;
	if (typed === 'latest') {
		const last = latestRun(base);
		if (!last) throw usageError('E_NO_RUN', none, 'make one: daruma demo');
		return last;
	}
	const matches = all.filter((run) => run.id === typed || run.id.startsWith(typed));
	const exact = matches.find((run) => run.id === typed) ?? (matches.length === 1 ? matches[0] : undefined);
	if (exact && typed !== '') return exact;
	const path = resolve(base, typed);
	if (typed !== '' && existsSync(path)) {
		const folder = statSync(path).isDirectory() ? path : dirname(path);
		if (existsSync(join(folder, 'history.ndjson')) || existsSync(join(folder, 'run.json')) || ID.test(basename(folder))) return describe(folder);
		throw usageError('E_NO_RUN', `${path} is not the folder of a run: it has no history.ndjson`, 'list runs with: daruma runs ls');
	}
	if (matches.length > 1) {
		throw usageError('E_NO_RUN', `"${typed}" begins ${matches.length} runs: ${matches.map((r) => r.id).join(', ')}`, 'give more of the id');
	}
	throw usageError(
		'E_NO_RUN',
		all.length === 0 ? none : `no run "${typed}" among ${all.length}`,
		'expected an id, its beginning, a path, or "latest"; see: daruma runs ls',
	);
};

const unwritable = (path: string, error: unknown): Error =>
	stageError('E_RUN_FOLDER', `cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, 'run where you may write, or free some space');
