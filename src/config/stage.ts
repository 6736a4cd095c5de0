import { dirname, resolve as resolvePath } from 'node:path';
import { usageError } from '../model/errors.js';
import type { ClusterSpec, FaultSpec, SubjectSpec } from '../model/plan.js';
import { openObject } from './from-object.js';
import { findUpward, freshSeed, type Loaded, openText, planOf, readText } from './load.js';
import { readSubject } from './overrides.js';
import type { Reader } from './reader.js';
import { resolveCluster } from './resolve/cluster.js';
import { resolveFault, spoken } from './resolve/index.js';
import { resolveSubject } from './resolve/subject.js';
import { integer } from './scalars.js';
import { clusterFields } from './schema/cluster.js';
import { experiment } from './schema/experiment.js';
import { faultShape } from './schema/fault.js';
import { FILE, FILE_FIELDS, type File } from './schema/index.js';
import { subject } from './schema/subject.js';
import { list, object, oneKey, optional } from './shape.js';

/** A cluster to be broken by hand: what of a plan stands on the stage. */
export interface StagePlan {
	/** Null: no file was needed. */
	file: string | null;
	seed: number;
	cluster: ClusterSpec;
	/** The built-in client is no process: with it nothing stands before the cluster. */
	subject: SubjectSpec;
}

/** A daruma.yaml whose experiments do not matter now; they are read all the same, since a slip there is a slip. */
const STAGE_FILE = object({ ...FILE_FIELDS, experiments: optional(list(experiment, 1, 'experiments'), 'for daruma verify') });
const SEED = integer(0, 0xffff_ffff);
/** What `cluster()` takes: the words of `cluster:` at the top, and a subject. */
const OPTIONS = oneKey(
	{ ...clusterFields, subject: optional(subject, 'who stands before it'), seed: optional(SEED, 'of every random decision') },
	['builtin', 'command'],
	'or none',
);

const stageOf = (file: Pick<File, 'cluster' | 'subject' | 'traffic' | 'seed'>, reader: Reader, folder: string): Omit<StagePlan, 'file'> => {
	const cluster = resolveCluster(file.cluster, reader, folder, spoken(file));
	return { seed: file.seed ?? freshSeed(), cluster, subject: resolveSubject(file.subject, reader, folder, cluster, false) };
};

export interface StageFlags {
	replicas?: number | undefined;
	/** nginx · haproxy · client · the path of an nginx or HAProxy config. */
	subject?: string | undefined;
}

/** The stage of a daruma.yaml (named, or found upward from `cwd`), or without any three built-in replicas; flags win. Throws exit 2. */
export const loadStage = async (request: { file?: string | undefined; cwd: string; flags?: StageFlags }): Promise<StagePlan> => {
	const { cwd, flags = {} } = request;
	const file = request.file === undefined ? await findUpward(cwd) : resolvePath(cwd, request.file);
	const { reader, root } = file === undefined ? await openObject({ version: 1 }, { place: () => 'cluster up' }) : await openText(await readText(file), file);
	const stage = stageOf(STAGE_FILE.read(root, '', reader), reader, file === undefined ? cwd : dirname(file));
	if (flags.replicas !== undefined) {
		if (!(flags.replicas >= 1 && flags.replicas <= 50)) throw usageError('E_FLAG', `--replicas: expected a whole number from 1 to 50, found ${flags.replicas}`);
		stage.cluster = { ...stage.cluster, replicas: flags.replicas };
	}
	if (flags.subject !== undefined) stage.subject = await readSubject(flags.subject, cwd);
	return { file: file ?? null, ...stage };
};

/** The stage of an object of the same words; paths count from `cwd`. Throws E_OPTIONS (exit 2), naming the key. */
export const stageFromObject = async (written: unknown, cwd: string): Promise<StagePlan> => {
	const { reader, root } = await openObject(written, { place: (path) => `cluster(): ${path === '' ? 'the options' : path}` });
	const { subject: before, seed, ...cluster } = OPTIONS.read(root, '', reader);
	return { file: null, ...stageOf({ cluster, ...(before && { subject: before }), ...(seed !== undefined && { seed }) }, reader, cwd) };
};

/** A plan from an object with the words of daruma.yaml. Throws E_OPTIONS (exit 2), naming the key. */
export const planFromObject = async (written: unknown, cwd: string): Promise<Loaded> => {
	const { reader, root } = await openObject(written, { place: (path) => `verify(): ${path === '' ? 'the options' : path}` });
	return planOf(FILE.read(root, '', reader), reader, cwd);
};

/** A fault as it is written in daruma.yaml, without `at`: it begins now. Without `for` it lasts until it is healed. */
export interface WrittenFault {
	kind: string;
	target: string;
	for?: string | undefined;
	[parameter: string]: unknown;
}

/** Reads a fault by the grammar of the file. `forMs` null: until it is healed. Throws exit 2, naming the key. */
export const readFault = async (
	written: WrittenFault,
	replicas: number,
	place: (path: string) => string = (path) => `inject: ${path === '' ? 'the fault' : path}`,
	code = 'E_FAULT_SPEC',
): Promise<{ spec: FaultSpec; forMs: number | null }> => {
	const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
	const { reader, root } = await openObject(given, { code, place });
	const read = faultShape.read(root, '', reader);
	if ('at' in given) throw reader.wrongKey(read, 'at', 'no `at`: it begins now', String(given.at));
	return { spec: resolveFault(read, reader, replicas), forMs: read.for ?? null };
};
