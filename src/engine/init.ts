import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recognise } from '../config/overrides.js';
import { type Answers, starterFile } from '../config/starter/file.js';
import { type Guess, guessFolder } from '../config/starter/folder.js';
import { type CiService, JOBS } from '../config/starter/job.js';
import { splitWords } from '../model/command-words.js';
import { stageError, usageError } from '../model/errors.js';
import { findProgram } from '../systems/program.js';

/** As typed, by flag or at the question. */
export interface InitChoice {
	/** `node server.js`, or `builtin`. */
	replica: string;
	/** `client`, `nginx`, `haproxy`, the path of a config of either, or a gateway's command. */
	subject: string;
	ci: CiService | null;
	/** Files that are there already may be replaced. */
	force: boolean;
}

export const lookAround = async (folder: string): Promise<Guess> => {
	const names = await readdir(folder);
	const manifest = await readFile(join(folder, 'package.json'), 'utf8')
		.then((text) => JSON.parse(text) as unknown)
		.catch(() => null);
	return guessFolder(names, manifest);
};

/** Writes a daruma.yaml (and a CI job) into `folder`; gives their paths from there. Nothing is written unless all can be. Exit 2 for what cannot be meant. */
export const init = async (folder: string, choice: InitChoice): Promise<string[]> => {
	const text = starterFile({ command: wordsOf('replica', choice.replica, 'builtin'), subject: await subjectOf(folder, choice.subject) });
	const files: [path: string, text: string][] = [['daruma.yaml', text]];
	if (choice.ci !== null) files.push([JOBS[choice.ci].path, JOBS[choice.ci].text]);
	if (!choice.force) {
		for (const [path] of files) {
			const there = await access(join(folder, path)).then(
				() => true,
				() => false,
			);
			if (there) throw usageError('E_EXISTS', `${path} is there already; nothing was written`, '--force replaces it');
		}
	}
	for (const [path, content] of files) {
		try {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), content);
		} catch (error) {
			throw stageError('E_WRITE', `${path} cannot be written: ${(error as Error).message}`);
		}
	}
	return files.map(([path]) => path);
};

const wordsOf = (flag: string, typed: string, none: string): string[] | null => {
	if (typed === none) return null;
	const words = splitWords(typed);
	if (typeof words === 'string' || words.length === 0)
		throw usageError('E_FLAG', `--${flag}: expected a command such as "node server.js", or ${none}, found ${JSON.stringify(typed)}`);
	return words;
};

const subjectOf = async (folder: string, typed: string): Promise<Answers['subject']> => {
	if (typed === 'client') return { kind: 'client' };
	if (typed === 'nginx' || typed === 'haproxy') return { kind: typed, config: 'default' };
	const config = await readFile(join(folder, typed), 'utf8').catch(() => null);
	const kind = config === null ? undefined : recognise(config);
	if (kind) return { kind, config: typed.startsWith('/') || typed.startsWith('.') ? typed : `./${typed}` };
	const argv = wordsOf('subject', typed, 'client') as string[];
	if (argv.length === 1 && (await findProgram(argv[0] as string, [], folder)) === undefined)
		throw usageError('E_FLAG', `--subject: expected client, nginx, haproxy, a config file of either or a command, found ${JSON.stringify(typed)}`);
	return { kind: 'command', argv };
};
