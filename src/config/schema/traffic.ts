import { correlation, ramp } from '../requests.js';
import { body, duration, flag, integer, method, positive, rate, text } from '../scalars.js';
import { dictionary, list, object, optional, required, valueOr, word } from '../shape.js';
import { base64, goodAnswer, grpcMethod } from './grpc.js';
import { argv, env, path } from './process.js';

/** What daruma sets for a process, or frames a request with, is not the file's to set. */
export const OURS = /^(x-daruma-id|content-length|transfer-encoding|connection)$/i;
export const headers = dictionary(
	() => text('a header value without line breaks', '^[^\\r\\n\\0]+$'),
	{ propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }, additionalProperties: { type: 'string' } },
	'headers',
	(name) => {
		if (OURS.test(name)) return { expected: 'a header that daruma does not set itself' };
		return /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) ? undefined : { expected: "a header's name" };
	},
);
export const mixEntry = object({
	method: optional(method, 'GET if absent'),
	path: optional(path, '/ if absent'),
	share: optional(positive, 'relative weight'),
	headers: optional(headers, 'sent with each request'),
	body: optional(body, 'sent with each request'),
	grpc: optional(grpcMethod, 'a unary gRPC call, in place of method and path; headers are its metadata, body its message'),
	bodyBase64: optional(base64, 'the message of a gRPC call'),
	ok: optional(goodAnswer, 'which answers are good'),
	idempotent: optional(flag, 'by method if absent (RFC 9110 9.2.2); a gRPC call is not'),
});
const stage = object({
	for: required(duration(1), 'how long'),
	rate: required(ramp, 'requests a second, or from one rate to another'),
});
export const traffic = object({
	rate: optional(valueOr(rate, list(stage, 1, 'stages')), 'requests a second, open loop; or stages, one after the other'),
	pacing: optional(word(['constant', 'poisson']), 'how they are spaced'),
	timeout: optional(duration(1), 'how long the user behind a request waits'),
	connections: optional(word(['pooled', 'fresh']), 'kept alive, or a new one each time'),
	clients: optional(integer(1, 10_000), 'each with its own connections, and its own key for keyed policies; one pool if absent'),
	correlate: optional(correlation, 'where a request id survives besides x-daruma-id'),
	command: optional(argv, 'your own traffic instead: a load generator or a test suite'),
	env: optional(env, 'with command: environment variables, templates'),
	cwd: optional(text('a folder'), 'with command: working directory, from the folder of this file'),
	finish: optional(duration(0), 'with command: how long it may go on after the schedule'),
	mix: optional(list(mixEntry, 1, 'kinds of request'), 'what is sent'),
});
