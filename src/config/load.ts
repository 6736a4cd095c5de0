import { readFile } from 'node:fs/promises';
import { dirname, join, resolve as resolvePath } from 'node:path';
import type { Node } from 'yaml';
import { usageError } from '../model/errors.js';
import { KEYED_POLICIES, type Plan, UNWEIGHTED_POLICIES } from '../model/plan.js';
import { fetchKey, isKey } from './key-value.js';
import { applyOverrides, type Overrides } from './overrides.js';
import { Reader } from './reader.js';
import { resolve } from './resolve/index.js';
import { FILE, type File } from './schema/index.js';
import { skeleton } from './skeleton.js';

/** Something that was understood, and is probably not what was meant. */
export interface Warning {
	message: string;
	line: number | null;
}
export interface Loaded {
	plan: Plan;
	warnings: Warning[];
}

const NAMES = ['daruma.yaml', 'daruma.yml'];

/**
 * The plan of a daruma.yaml (named, under a key of Consul or ZooKeeper, or found upward from `cwd`) after flags. Without
 * a file, `--subject` or traffic of one's own is enough. Throws E_NO_CONFIG, E_CONFIG or E_FLAG (exit 2): one message,
 * and nothing has been started.
 */
export const loadPlan = async (request: { file?: string | undefined; cwd: string; overrides?: Overrides }): Promise<Loaded> => {
	const { cwd, overrides = {} } = request;
	if (request.file && isKey(request.file)) {
		const { text, name } = await fetchKey(request.file);
		return applyOverrides(await readPlan(text, name, cwd), overrides, cwd);
	}
	const file = request.file ? resolvePath(cwd, request.file) : await findUpward(cwd);
	if (file !== undefined) {
		const text = await readText(file);
		const loaded = await readPlan(text, file);
		return applyOverrides(loaded, overrides, cwd);
	}
	if (overrides.subject === undefined && overrides.command === undefined) {
		throw usageError(
			'E_NO_CONFIG',
			`no daruma.yaml here or above: ${cwd}`,
			'`daruma demo` needs no file; neither does `daruma verify --subject nginx` (haproxy, client, or the path of your own config), nor `daruma verify -- npm test`',
		);
	}
	return applyOverrides({ plan: skeleton(freshSeed()), warnings: [] }, overrides, cwd);
};

/** The same from text, without flags; `file` is for messages; relative paths count from `folder`. */
export const readPlan = async (text: string, file: string, folder = dirname(file)): Promise<Loaded> => {
	const { reader, root } = await openText(text, file);
	return planOf(FILE.read(root, '', reader), reader, folder);
};

/** What was read → a plan with its warnings. Paths count from `folder`. */
export const planOf = (file: File, reader: Reader, folder: string): Loaded => {
	const plan = resolve(file, reader, folder, freshSeed());
	return { plan, warnings: notices(plan) };
};

/** Parses YAML; throws E_CONFIG (exit 2) where it is none. */
export const openText = async (text: string, file: string): Promise<{ reader: Reader; root: Node | null }> => {
	const yaml = await import('yaml');
	const lines = new yaml.LineCounter();
	const doc = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
	const problem = doc.errors[0] ?? doc.warnings[0];
	if (problem) {
		const at = lines.linePos(problem.pos[0]);
		throw usageError('E_CONFIG', `${file}:${at.line}:${at.col}: no valid YAML: ${problem.message}`);
	}
	const reader = new Reader(yaml, file, doc, lines);
	return { reader, root: reader.follow(doc.contents) };
};

export const freshSeed = (): number => Math.floor(Math.random() * 0x7fff_ffff);

export const readText = async (file: string): Promise<string> => {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		throw usageError(
			'E_NO_CONFIG',
			`${file}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
			'name a daruma.yaml; `daruma demo` needs none',
		);
	}
};

export const findUpward = async (cwd: string): Promise<string | undefined> => {
	for (let folder = resolvePath(cwd); ; folder = dirname(folder)) {
		for (const name of NAMES) {
			const file = join(folder, name);
			if (await exists(file)) return file;
		}
		if (dirname(folder) === folder) return undefined;
	}
};

const exists = async (file: string): Promise<boolean> => {
	const { stat } = await import('node:fs/promises');
	return stat(file).then(
		(found) => found.isFile(),
		() => false,
	);
};

/** Settings that have no effect together. */
const notices = (plan: Plan): Warning[] => {
	const found: Warning[] = [];
	const { subject, traffic } = plan;
	if (subject.kind === 'grpcJs' && traffic.connections === 'fresh') {
		found.push({ message: 'connections: fresh has no effect with the subject grpcJs: it keeps its own', line: null });
	}
	if (subject.kind === 'client') {
		if (Object.keys(subject.weights).length > 0 && UNWEIGHTED_POLICIES.includes(subject.policy)) {
			found.push({ message: `weights have no effect with the policy ${subject.policy}; did you mean policy: weighted?`, line: null });
		}
		if (subject.slowStart && (UNWEIGHTED_POLICIES.includes(subject.policy) || KEYED_POLICIES.includes(subject.policy))) {
			found.push({ message: `slowStart has no effect with the policy ${subject.policy}: it works by weights`, line: null });
		} else if (subject.slowStart && !subject.ejection) {
			found.push({ message: 'slowStart has no effect without ejection: no node ever comes back', line: null });
		}
		if (subject.timeoutMs !== null && subject.timeoutMs >= traffic.timeoutMs) {
			found.push({ message: 'the per-try timeout is not shorter than the traffic timeout: a request that hangs is never retried', line: null });
		}
	}
	return found;
};
