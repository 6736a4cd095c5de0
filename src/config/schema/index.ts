import { integer } from '../scalars.js';
import type { JsonSchema } from '../shape.js';
import { list, object, optional, required, scalar } from '../shape.js';
import { cluster } from './cluster.js';
import { experiment } from './experiment.js';
import { recoveryOrOff } from './recovery.js';
import { subject } from './subject.js';
import { traffic } from './traffic.js';

export const FILE_FIELDS = {
	version: required(
		scalar('1', { const: 1 }, (value) => (value === 1 ? { value: 1 as const } : undefined)),
		'of this format',
	),
	seed: optional(integer(0, 0xffff_ffff), 'of every random decision; a fresh one if absent'),
	cluster: optional(cluster, 'what is knocked down'),
	subject: optional(subject, 'who fails over and retries: the thing under test'),
	traffic: optional(traffic, 'what users do'),
	recovery: optional(recoveryOrOff, 'who mends what is down, in experiments that do not say so themselves'),
	experiments: required(list(experiment, 1, 'experiments'), 'what is done, and what must hold'),
};
/** daruma.yaml, whole. Defaults are in defaults.ts. */
export const FILE = object(FILE_FIELDS);
export type File = ReturnType<typeof FILE.read>;

/** The JSON Schema that is shipped as schemas/daruma.schema.json. */
export const jsonSchema = (): JsonSchema => ({
	$schema: 'http://json-schema.org/draft-07/schema#',
	title: 'daruma.yaml',
	description: 'Knock a cluster down; verify that it gets back up.',
	...FILE.schema,
});
