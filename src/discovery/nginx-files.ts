import { basename, dirname, join, resolve } from 'node:path';
import { type Directive, parseNginxConf } from '../wire/nginx-conf.js';
import type { Looked } from './follow-files.js';

/** Where the text of a path is, and what lies in a folder: the disk, or a saved `nginx -T`. */
export interface Files {
	read(path: string): string;
	names(folder: string): string[];
}

export const onDisk = (looked: Looked): Files => ({ read: (path) => looked.read(path), names: (folder) => looked.names(folder) });

export const inDump = (files: ReadonlyMap<string, string>): Files => ({
	read(path) {
		const text = files.get(path);
		if (text === undefined) throw new Error(`${path}: it is not in this output of nginx -T`);
		return text;
	},
	names: (folder) => [
		...new Set(
			[...files.keys()].flatMap((path) => (path.startsWith(`${folder === '/' ? '' : folder}/`) ? [path.slice(folder.length + 1).split('/')[0] as string] : [])),
		),
	],
});

const MOST_FILES = 1000;
const DEEPEST = 32;
const WILD = /[*?[]/;

/** One part of a path by glob(3), as nginx has it: a leading dot is met by a dot only. */
const matcher = (pattern: string): RegExp => {
	let out = '';
	for (let i = 0; i < pattern.length; i++) {
		const c = pattern[i] as string;
		const end = c === '[' ? pattern.indexOf(']', i + (/^[!^]?\]/.test(pattern.slice(i + 1)) ? 3 : 2)) : -1;
		if (c === '*') out += '[^/]*';
		else if (c === '?') out += '[^/]';
		else if (c === '[' && end > 0) {
			out += `[${pattern
				.slice(i + 1, end)
				.replace(/^!/, '^')
				.replace(/[\\\]]/g, '\\$&')}]`;
			i = end;
		} else out += c.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
	}
	return new RegExp(`^${pattern.startsWith('.') ? '' : '(?!\\.)'}${out}$`);
};

/** Which files an include means, in nginx' order. A pattern that matches nothing is nothing; a plain name must be there. */
export const expandInclude = (pattern: string, home: string, files: Files): string[] => {
	const path = resolve(home, pattern);
	if (!WILD.test(path)) return [path];
	let found = ['/'];
	const parts = path.split('/').filter(Boolean);
	for (const part of parts) {
		if (!WILD.test(part)) found = found.map((folder) => join(folder, part));
		else {
			const fits = matcher(part);
			found = found.flatMap((folder) =>
				files
					.names(folder)
					.filter((name) => fits.test(name))
					.map((name) => join(folder, name)),
			);
		}
	}
	// A part without wildcards behind one with them need not be there in each folder.
	const last = parts.at(-1) as string;
	return WILD.test(last) ? found : found.filter((each) => files.names(dirname(each)).includes(basename(each)));
};

/** A directive and the file in which it stands. */
export interface Placed {
	directive: Directive;
	file: string;
	/** Those of its block, with includes in their place. */
	children: Placed[];
}

/** A whole configuration with its includes in their places. Throws what is wrong, with file and line. */
export const loadNginxConf = (main: string, files: Files): Placed[] => {
	let count = 0;
	const home = dirname(main);
	const load = (file: string, depth: number): Placed[] => {
		if (++count > MOST_FILES) throw new Error(`${main}: over ${MOST_FILES} files are included`);
		const parsed = parseNginxConf(files.read(file));
		if (!parsed.ok) throw new Error(`${file}:${parsed.line}: ${parsed.why}`);
		return place(parsed.directives, file, depth);
	};
	const place = (directives: readonly Directive[], file: string, depth: number): Placed[] =>
		directives.flatMap((directive): Placed[] => {
			const { name, args, line, block } = directive;
			// What NGINX Plus keeps of an upstream that is changed at run time.
			const pattern = name === 'include' || (name === 'state' && !block) ? args[0] : undefined;
			if (pattern === undefined) return [{ directive, file, children: block ? place(block.children, file, depth) : [] }];
			if (depth >= DEEPEST) throw new Error(`${file}:${line}: includes go deeper than ${DEEPEST}`);
			try {
				return expandInclude(pattern, home, files).flatMap((path) => load(path, depth + 1));
			} catch (error) {
				const { message } = error as Error;
				throw new Error(/^\S+:\d+: /.test(message) ? message : `${file}:${line}: ${name} ${pattern}: ${message}`);
			}
		});
	return load(main, 0);
};
