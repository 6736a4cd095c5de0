import { POLICY_NAMES } from '../../model/plan.js';
import { flag, integer, method, milliseconds, number, positive, share, text } from '../scalars.js';
import { dictionary, list, object, optional, orOff, word } from '../shape.js';

export const retry = object({
	attempts: optional(integer(0, 1000), 'tries in all, the first included; 0 = for ever'),
	baseMs: optional(milliseconds(0), 'the first wait'),
	maxMs: optional(milliseconds(0), 'the longest wait'),
	jitter: optional(word(['none', 'full', 'equal', 'decorrelated']), 'how waits are spread'),
	methods: optional(list(method, 0, 'HTTP methods'), 'sent again although a server may have got them'),
	statuses: optional(list(integer(100, 599), 0, 'statuses'), 'retried for those methods'),
	unsent: optional(flag, 'retry any method if the request provably never left'),
	elsewhere: optional(flag, 'prefer a node that this call has not tried'),
	budget: optional(
		orOff(
			object({
				ratio: optional(number(0, 100), 'retries per call'),
				minPerSecond: optional(number(0, 100_000), 'retries a second that are always allowed'),
			}),
		),
		'at most so many retries, over all calls',
	),
});
export const ejection = object({
	failures: optional(integer(1, 1000), 'failures in a row'),
	forMs: optional(milliseconds(0), 'how long a node then gets no calls'),
	maxShare: optional(share, 'of all nodes may be out at once'),
});
export const slowStart = object({
	windowMs: optional(milliseconds(1), 'until a node has its whole weight again'),
	aggression: optional(positive, '1 is linear; above 1 is faster at first'),
	minShare: optional(share, 'of its weight that it begins with'),
});
export const client = object({
	policy: optional(word(POLICY_NAMES), 'how a node is chosen'),
	weights: optional(
		dictionary(
			() => positive,
			{ additionalProperties: { type: 'number', exclusiveMinimum: 0 }, propertyNames: { pattern: '^n[1-9]\\d*$' } },
			'weights by node, such as n1: 3',
			(name) => (/^n[1-9]\d*$/.test(name) ? undefined : { expected: 'a node such as n1' }),
		),
		'by node, for every policy but random and round-robin',
	),
	resolve: optional(
		text(
			'consul://…, zk://…, etcd://…, srv://…, nginx:FILE#upstream or another source, without user or password',
			'^(?:(?:consul|zk|etcd|srv|a|aaaa|a\\+aaaa|k8s)://[^@\\s]+|(?:nginx|haproxy|file):[^@\\s]+)$',
		),
		'the source that says which nodes there are',
	),
	keys: optional(integer(1, 1_000_000), 'users that the requests are spread over, for the keyed policies'),
	retry: optional(orOff(retry), 'or off'),
	timeoutMs: optional(orOff(milliseconds(1)), 'per try, or off'),
	deadlineMs: optional(orOff(milliseconds(1)), 'for the whole call, or off'),
	ejection: optional(orOff(ejection), 'of failing nodes, or off'),
	slowStart: optional(orOff(slowStart), 'of nodes that come back, or off'),
});
