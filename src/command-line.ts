import { readFileSync } from 'node:fs';
import { type DarumaError, usageError } from './model/errors.js';
import { nearest } from './model/nearest.js';

/** What to do with a command line before oclif is loaded: most of it, for a page of help or for words that name no command, never is. */
export type Reading = { kind: 'front-page' } | { kind: 'version' } | { kind: 'wrong'; error: DarumaError } | { kind: 'run'; argv: string[] };

interface Manifest {
	commands: Record<string, { args?: object }>;
}

const HELP = ['--help', '-h'];
const isFlag = (word: string): boolean => word.startsWith('-');

/**
 * Reads argv against the manifest in `root`. An unknown command is E_USAGE (exit 2) with the one that was probably meant;
 * `help COMMAND` is `COMMAND --help`.
 */
export const readCommandLine = (root: URL, typed: readonly string[]): Reading => {
	const [first = '--help', ...rest] = typed;
	if (first === 'help') return readCommandLine(root, [...typed.slice(1), '--help']);
	if (HELP.includes(first) && rest.every(isFlag)) return { kind: 'front-page' };
	if (first === '--version') return { kind: 'version' };
	const wrong = objection(root, typed);
	return wrong === null ? { kind: 'run', argv: [...typed] } : { kind: 'wrong', error: usageError('E_USAGE', ...wrong) };
};

const objection = (root: URL, typed: readonly string[]): [message: string, hint: string] | null => {
	const { commands } = JSON.parse(readFileSync(new URL('oclif.manifest.json', root), 'utf8')) as Manifest;
	const ids = Object.keys(commands);
	const end = typed.findIndex(isFlag);
	const words = end === -1 ? typed : typed.slice(0, end);
	if (words.length === 0) return HELP.includes(typed[0] as string) ? null : [`expected a command, found ${typed[0]}`, 'see: daruma --help'];
	const named = words.map((_, i) => words.slice(0, i + 1).join(':'));
	// The longest beginning that is a command is the command; what follows are its arguments.
	const id = named.findLast((beginning) => commands[beginning]);
	if (id !== undefined) {
		const surplus = words[id.split(':').length];
		const name = id.replaceAll(':', ' ');
		return surplus !== undefined && Object.keys(commands[id]?.args ?? {}).length === 0
			? [`${name} takes no argument, found "${surplus}"`, `see: daruma ${name} --help`]
			: null;
	}
	const topics = named.filter((beginning) => ids.some((each) => each.startsWith(`${beginning}:`)));
	if (topics.length === words.length) return null;
	const wrong = words.slice(0, topics.length + 1).join(' ');
	return [`no command "${wrong}"`, guess(wrong, [...ids, ...ids.map((each) => each.split(':')[0] as string)])];
};

const guess = (typed: string, ids: readonly string[]): string => {
	const names = ids.map((id) => id.replaceAll(':', ' '));
	const near = nearest(typed, names);
	return near === undefined ? 'see: daruma --help' : `did you mean: daruma ${near}`;
};
