import { GRPC_CODES } from '../../wire/grpc.js';
import { integer, method, milliseconds, number, text } from '../scalars.js';
import { anyMap, list, object, optional, orOff, word } from '../shape.js';

const from = optional(text('a folder'), 'the library is resolved from here; from the folder of this file if absent');
const waits = {
	baseMs: optional(milliseconds(1), 'the first wait'),
	maxMs: optional(milliseconds(1), 'the longest wait'),
	multiplier: optional(number(1, 100), 'of the wait, from one to the next'),
};

export const grpcJs = object({
	policy: optional(word(['round_robin', 'pick_first']), 'how a node is chosen'),
	retry: optional(
		orOff(
			object({
				attempts: optional(integer(2, 5), 'tries in all, the first included; the library allows 5'),
				...waits,
				statuses: optional(list(word(GRPC_CODES), 1, 'codes of gRPC'), 'that are retried'),
			}),
		),
		'a retryPolicy for all methods, or off',
	),
	keepalive: optional(
		orOff(
			object({
				timeMs: optional(milliseconds(1), 'between pings'),
				timeoutMs: optional(milliseconds(1), 'for the acknowledgement of one'),
			}),
		),
		'pings on connections with calls, or off',
	),
	config: optional(anyMap('a service config (gRFC A2, A6)'), 'in place of policy and retry'),
	from,
});

export const undici = object({
	pool: optional(word(['balanced', 'round-robin']), 'BalancedPool, or an Agent with the origins handed out in turn'),
	retry: optional(
		orOff(
			object({
				attempts: optional(integer(2, 1000), 'tries in all, the first included'),
				...waits,
				methods: optional(list(method, 1, 'HTTP methods'), 'that are retried'),
				statuses: optional(list(integer(100, 599), 0, 'statuses'), 'that are retried'),
			}),
		),
		'a RetryAgent around it, or off',
	),
	from,
});
