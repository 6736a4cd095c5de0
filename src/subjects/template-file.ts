import { readFile } from 'node:fs/promises';
import { usageError } from '../model/errors.js';
import { fillTemplate, lintTemplate, nodeValues, placeholders } from '../model/template.js';
import type { Problem } from '../systems/program.js';

/** What stands for the nodes while a file is checked and none has been started yet. */
const STANDINS = 64;

/** A configuration template as its author wrote it. */
export interface TemplateFile {
	/** Absolute; null for one that daruma wrote itself. */
	path: string | null;
	text: string;
}

/**
 * Reads a template and says what is wrong with it before anything starts: no such file, no {listen}, no node, a likely
 * misspelling. `replicas` null: not known yet. Throws exit 2 with file:line.
 */
export const readTemplate = async (path: string, listenExample: string, replicas: number | null): Promise<TemplateFile> => {
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
		throw usageError('E_NO_FILE', `${path}: cannot be read (${code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a folder' : code})`);
	}
	checkTemplate({ path, text }, listenExample, replicas);
	return { path, text };
};

/** The same for a text that is here already. */
export const checkTemplate = ({ path, text }: TemplateFile, listenExample: string, replicas: number | null): void => {
	const where = path ?? 'the template';
	const used = placeholders(text);
	const nodes = Array.from({ length: replicas ?? STANDINS }, (_, i) => `n${i + 1}`);
	const wrong = lintTemplate(text, ['listen', 'port', ...nodes, 'upstreams', 'dir']);
	const first = /^line (\d+): (.*)$/.exec(wrong[0] ?? '');
	if (first) throw usageError('E_TEMPLATE', `${where}:${first[1]}: ${first[2]}`, wrong.length > 1 ? `and ${wrong.length - 1} more like it` : undefined);
	if (!used.includes('listen') && !used.includes('port')) {
		throw usageError('E_TEMPLATE', `${where}: {listen} is nowhere in it, so daruma could not tell it where to listen`, `write: ${listenExample}`);
	}
	if (!used.some((name) => name === 'upstreams' || /^n\d+$/.test(name))) {
		throw usageError('E_TEMPLATE', `${where}: none of the nodes is in it`, 'write {n1}, {n2} … (or {upstreams}) where the addresses of the servers stand');
	}
};

/** Addresses for a check without a cluster: as many as the text asks for, distinct, on loopback. */
export const standIns = (text: string, replicas: number | null): string[] => {
	const highest = Math.max(0, ...placeholders(text).map((name) => Number(/^n(\d+)$/.exec(name)?.[1] ?? 0)));
	return Array.from({ length: Math.max(highest, replicas ?? 3) }, (_, i) => `127.0.0.1:${i + 1}`);
};

export interface Filling {
	/** host:port */
	listen: string;
	port: number;
	/** host:port each */
	nodes: readonly string[];
	dir: string;
}
export const fill = (text: string, { listen, port, nodes, dir }: Filling): string => fillTemplate(text, { listen, port, dir, ...nodeValues(nodes) });

/** Nodes that the template never mentions: they get no traffic, and the user should know. */
export const unusedNodes = (text: string, count: number): string[] => {
	const used = placeholders(text);
	if (used.includes('upstreams')) return [];
	return Array.from({ length: count }, (_, i) => `n${i + 1}`).filter((name) => !used.includes(name));
};

/** A problem in our rendered copy, told with the place in the user's own file (no line moves while rendering). */
export const syntaxError = (program: string, problem: Problem, places: ReadonlyMap<string, string>, hint?: string): Error => {
	const file = problem.file === null ? null : (places.get(problem.file) ?? problem.file);
	let message = problem.message;
	for (const [ours, theirs] of places) message = message.replaceAll(ours, theirs);
	return usageError('E_SUBJECT_CONFIG', `${file === null ? '' : `${file}:${problem.line}: `}${program}: ${message}`, hint);
};
