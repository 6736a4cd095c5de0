import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { applyEdits, type Directive, type Edit, parseNginxConf, planWitness, walk } from '../wire/nginx-conf.js';
import { nginxLogFormat } from '../wire/nginx-log.js';
import { type Filling, fill, type TemplateFile } from './template-file.js';

export const WITNESS_LOG = 'daruma-witness.log';
const TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Debian's nginx, with nothing tuned: HTTP/1.0 to the servers, 60 s timeouts, max_fails 1, fail_timeout 10 s. */
export const defaultNginx = (nodes: number): TemplateFile => ({
	path: null,
	text: `worker_processes 1;
events {
	worker_connections 768;
}
http {
	upstream be {
${Array.from({ length: nodes }, (_, i) => `\t\tserver {n${i + 1}};`).join('\n')}
	}
	server {
		listen {listen};
		location / {
			proxy_pass http://be;
		}
	}
}
`,
});

export interface RenderedNginx {
	conf: string;
	/** For nginx' -g: what could not be put into the file. */
	globals: string;
	/** Paths of our copies → what the user calls them. */
	places: Map<string, string>;
	/** Absolute; null when the file cannot carry a witness, and then `why` says it. */
	witness: string | null;
	why: string | null;
	notes: string[];
}

export interface Abilities {
	/** Understands `-e` (1.19.5), and $upstream_bytes_sent (1.15.8). */
	errorFlag: boolean;
	witness: boolean;
	root: boolean;
	/** Where this nginx looks for modules/ and html/ by default. */
	prefix: string;
}

/**
 * Writes the copy that runs: `{dir}/conf/<name>`, beside links to the template's neighbours (and, in `{dir}`, to nginx'
 * own modules), so that relative paths are found. Added is only what nginx needs to run in `{dir}` under our eyes, and the witness' log;
 * each insertion stays on its line, so that nginx' own messages name the line of the template.
 */
export const renderNginx = async (template: TemplateFile, filling: Filling, able: Abilities): Promise<RenderedNginx> => {
	const folder = join(filling.dir, 'conf');
	const conf = join(folder, template.path === null ? 'nginx.conf' : basename(template.path));
	await mkdir(folder, { recursive: true });
	await mkdir(join(filling.dir, 'logs'), { recursive: true });
	const home = template.path === null ? null : dirname(template.path);
	if (home !== null) {
		const beside = (await readdir(home)).filter((name) => name !== basename(conf));
		for (const name of beside) await link(join(home, name), join(folder, name));
		for (const name of ['modules', 'html']) await link(join(able.prefix, name), join(filling.dir, name));
	}
	const filled = fill(template.text, filling);
	const edited = await edit(filled, home, able);
	await writeFile(conf, edited.text);
	const places = new Map([[conf, template.path ?? 'nginx: default']]);
	if (home !== null) places.set(`${folder}/`, `${home}/`);
	return { conf, places, ...edited, witness: edited.why === null ? join(filling.dir, WITNESS_LOG) : null };
};

const link = async (target: string, path: string): Promise<void> =>
	symlink(target, path).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== 'EEXIST') throw error;
	});

const edit = async (filled: string, home: string | null, able: Abilities): Promise<{ text: string; globals: string; why: string | null; notes: string[] }> => {
	const notes: string[] = [];
	const first = parseNginxConf(filled);
	if (!first.ok) return { text: filled, globals: 'daemon off; pid nginx.pid;', why: `the file could not be read (line ${first.line}: ${first.why})`, notes };
	const bare =
		!first.directives.some((d) => d.name === 'http' || d.name === 'events') && first.directives.some((d) => d.name === 'server' || d.name === 'upstream');
	const text = bare ? `events { worker_connections 768; } http { ${filled}\n}\n` : filled;
	if (bare) notes.push('the file holds no http block, so it stands inside one of Debian’s default size (worker_connections 768)');
	const parsed = bare ? parseNginxConf(text) : first;
	if (!parsed.ok) throw new Error(`a configuration that was read can no longer be read: ${parsed.why}`);

	const main = parsed.directives;
	const edits: Edit[] = [];
	let head = '';
	for (const [name, value] of [
		['daemon', 'off'],
		['pid', 'nginx.pid'],
	] as const) {
		const own = main.find((d) => d.name === name);
		if (!own) head += `${name} ${value}; `;
		else if (own.args[0] !== value) {
			edits.push({ from: own.start, to: own.end, text: `${name} ${value};` });
			notes.push(`line ${own.line}: ${name} ${own.args.join(' ')} became ${name} ${value}, so that it runs under daruma`);
		}
	}
	if (able.root && !main.some((d) => d.name === 'user')) head += 'user root; ';
	if (!able.errorFlag && !main.some((d) => d.name === 'error_log')) head += 'error_log stderr; ';
	edits.unshift({ from: 0, to: 0, text: head });

	const http = main.find((d) => d.name === 'http')?.block;
	let why: string | null = able.witness ? null : 'this nginx is older than 1.15.8';
	if (http) {
		const included = await includes(http.children, home, 0);
		const set = new Set([...http.children, ...(included.directives ?? [])].map((d) => d.name));
		const missing = TEMP_PATHS.filter((name) => !set.has(`${name}_temp_path`));
		edits.push({ from: http.open, to: http.open, text: missing.map((name) => ` ${name}_temp_path ${name}_temp;`).join('') });
		if (included.directives === null) why ??= included.why;
		else {
			const plan = planWitness(main, nginxLogFormat('daruma_witness'), `access_log ${WITNESS_LOG} daruma_witness;`, included.directives);
			if (!plan.ok) why ??= plan.why;
			else if (why === null) edits.push(...plan.edits);
		}
	} else why ??= 'the file has no http block';
	return { text: applyEdits(text, edits), globals: '', why, notes };
};

type Included = { directives: Directive[] } | { directives: null; why: string };

/** What the files hold that these directives include, at any depth; we may read them, never edit them. */
const includes = async (directives: readonly Directive[], home: string | null, depth: number): Promise<Included> => {
	const found: Directive[] = [];
	for (const directive of walk(directives)) {
		const pattern = directive.name === 'include' ? directive.args[0] : undefined;
		if (pattern === undefined) continue;
		const files = home === null || depth > 8 ? null : await expand(resolve(home, pattern));
		if (files === null) return { directives: null, why: `line ${directive.line}: include ${pattern} cannot be followed` };
		for (const file of files) {
			const parsed = parseNginxConf(await readFile(file, 'utf8').catch(() => '"'));
			if (!parsed.ok) return { directives: null, why: `${file}:${parsed.line} could not be read` };
			const deeper = await includes(parsed.directives, home, depth + 1);
			if (deeper.directives === null) return deeper;
			found.push(...parsed.directives, ...deeper.directives);
		}
	}
	return { directives: found };
};

/** glob(3), for wildcards in the last part of the path only; null when they stand elsewhere. A pattern that matches nothing is nothing, as for nginx. */
const expand = async (pattern: string): Promise<string[] | null> => {
	if (!isAbsolute(pattern) || /[*?[]/.test(dirname(pattern))) return null;
	const name = basename(pattern);
	if (!/[*?[]/.test(name)) return [pattern];
	if (name.includes('[')) return null;
	const matcher = new RegExp(
		`^${name
			.replace(/[.+^${}()|\\\]]/g, '\\$&')
			.replaceAll('*', '.*')
			.replaceAll('?', '.')}$`,
	);
	const names = await readdir(dirname(pattern)).catch(() => []);
	return names.filter((n) => matcher.test(n) && !(n.startsWith('.') && !name.startsWith('.'))).map((n) => join(dirname(pattern), n));
};
