import { duration, plainText, text } from '../scalars.js';
import type { ReadOf } from '../shape.js';
import { dictionary, list, oneKey, optional, scalar } from '../shape.js';

export const env = dictionary(
	() => plainText('text'),
	{ propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }, additionalProperties: { type: ['string', 'number', 'boolean'] } },
	'environment variables',
	(name) => {
		if (name.startsWith('DARUMA_')) return { expected: 'a variable that daruma does not set itself' };
		return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? undefined : { expected: "a variable's name" };
	},
);
export const argv = list(plainText('an argument'), 1, 'a program and its arguments, such as [node, server.js] (no shell is used)');
export const pattern = scalar('a regular expression', { type: 'string', minLength: 1, format: 'regex' }, (value) => {
	try {
		return typeof value === 'string' && value !== '' && new RegExp(value) ? { value } : undefined;
	} catch {
		return undefined;
	}
});
export const path = text('a path that begins with /', '^/[!-~]*$');
export const always = scalar('true', { const: true }, (value) => (value === true ? { value: true } : undefined));

/** `true` asks of the server as a whole. */
const healthService = scalar('true, or the name of a service', { anyOf: [{ const: true }, { type: 'string', pattern: '^[\\w.]+$' }] }, (value) => {
	if (value === true) return { value: '' };
	return typeof value === 'string' && /^[\w.]+$/.test(value) ? { value } : undefined;
});

export const ready = oneKey(
	{
		http: optional(path, 'ready when a GET of this path is answered below 400'),
		grpc: optional(healthService, 'ready when its gRPC health check says SERVING, or it has none and answers'),
		tcp: optional(always, 'ready when it accepts a connection'),
		log: optional(pattern, 'ready when a line of its output matches'),
		within: optional(duration(1), 'how long it may take'),
	},
	['http', 'grpc', 'tcp', 'log'],
	'or none',
);
export const processFields = {
	env: optional(env, 'environment variables, templates'),
	cwd: optional(text('a folder'), 'working directory, from the folder of this file'),
	ready: optional(ready, 'when the process counts as started'),
};

export type ProcessInFile = Partial<ReadOf<typeof processFields>>;
