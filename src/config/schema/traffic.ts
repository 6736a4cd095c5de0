import { body, duration, flag, method, positive, rate, text } from '../scalars.js';
import { dictionary, list, object, optional, word } from '../shape.js';
import { base64, goodAnswer, grpcMethod } from './grpc.js';
import { path } from './process.js';

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
export const traffic = object({
	rate: optional(rate, 'requests a second, open loop'),
	pacing: optional(word(['constant', 'poisson']), 'how they are spaced'),
	timeout: optional(duration(1), 'how long the user behind a request waits'),
	connections: optional(word(['pooled', 'fresh']), 'kept alive, or a new one each time'),
	mix: optional(list(mixEntry, 1, 'kinds of request'), 'what is sent'),
});
