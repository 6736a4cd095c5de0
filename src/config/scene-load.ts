import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Node } from 'yaml';
import { type DarumaError, usageError } from '../model/errors.js';
import { Reader } from './reader.js';
import { objection, resolveScene, SCENE, SCENE_FIELDS, type SceneInFile, type Simulated } from './scene.js';

/** Flags as they were typed, by the names of {@link SCENE_FIELDS}. */
export type SceneFlags = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

type Yaml = typeof import('yaml');

/** Reads a flag as if it stood in a file, and says the flag where a file would say line and column. */
class FlagReader extends Reader {
	constructor(yaml: Yaml) {
		super(yaml, '', new yaml.Document(), new yaml.LineCounter());
	}
	override wrong(_node: unknown, path: string, expected: string, found: string, hint?: string): DarumaError {
		return usageError('E_FLAG', `--${dashed(path.replace(/\[\d+\]$/, ''))}: expected ${expected}, found ${found}`, hint);
	}
}

/** warmUp → warm-up. */
export const dashed = (name: string): string => name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

/** A scene from a file, if one is named, and flags, which win. Throws E_NO_CONFIG, E_CONFIG, E_FLAG or E_SCENE (exit 2). */
export const loadScene = async (file: string | undefined, flags: SceneFlags): Promise<Simulated> => {
	const yaml = await import('yaml');
	const written = file === undefined ? {} : await readSceneFile(yaml, file);
	const simulated = resolveScene({ ...written, ...readFlags(yaml, flags) });
	const wrong = objection(simulated);
	if (wrong) throw usageError('E_SCENE', wrong.message, wrong.hint);
	return simulated;
};

const readFlags = (yaml: Yaml, flags: SceneFlags): SceneInFile => {
	const reader = new FlagReader(yaml);
	const node = (typed: string | number | boolean): Node => new yaml.Scalar(typeof typed === 'string' && /^\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed);
	const read = Object.entries(SCENE_FIELDS).flatMap(([name, field]): [string, unknown][] => {
		const typed = flags[name];
		if (typed === undefined || typeof typed === 'function') return [];
		if (typeof typed !== 'object') return [[name, field.shape.read(node(typed), name, reader)]];
		const many = new yaml.YAMLSeq();
		many.items = typed.map(node);
		return [[name, field.shape.read(many, name, reader)]];
	});
	return Object.fromEntries(read) as SceneInFile;
};

const readSceneFile = async (yaml: Yaml, file: string): Promise<SceneInFile> => {
	const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
		const why = error.code === 'ENOENT' ? `there is no such file (in ${dirname(file)})` : `cannot be read (${error.code})`;
		throw usageError('E_NO_CONFIG', `${file}: ${why}`);
	});
	const lines = new yaml.LineCounter();
	const doc = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
	const problem = doc.errors[0] ?? doc.warnings[0];
	if (problem) {
		const at = lines.linePos(problem.pos[0]);
		throw usageError('E_CONFIG', `${file}:${at.line}:${at.col}: no valid YAML: ${problem.message}`);
	}
	const reader = new Reader(yaml, file, doc, lines);
	return SCENE.read(reader.follow(doc.contents), '', reader);
};
