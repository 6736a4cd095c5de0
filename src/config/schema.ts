import { FAULT_KINDS } from '../model/fault.js';
import { POLICY_NAMES } from '../model/plan.js';
import { body, bounds, duration, flag, integer, method, milliseconds, number, plainText, positive, rate, share, statusPredicate, text } from './scalars.js';
import { byKind, dictionary, type JsonSchema, list, object, oneKey, optional, orOff, type ReadOf, required, scalar, several, word } from './shape.js';

/** What daruma sets for a process, or frames a request with, is not the file's to set. */
const OURS = /^(x-daruma-id|content-length|transfer-encoding|connection)$/i;
const headers = dictionary(
	() => text('a header value without line breaks', '^[^\\r\\n\\0]+$'),
	{ propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }, additionalProperties: { type: 'string' } },
	'headers',
	(name) => {
		if (OURS.test(name)) return { expected: 'a header that daruma does not set itself' };
		return /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) ? undefined : { expected: "a header's name" };
	},
);
const env = dictionary(
	() => plainText('text'),
	{ propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }, additionalProperties: { type: ['string', 'number', 'boolean'] } },
	'environment variables',
	(name) => {
		if (name.startsWith('DARUMA_')) return { expected: 'a variable that daruma does not set itself' };
		return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? undefined : { expected: "a variable's name" };
	},
);
const argv = list(plainText('an argument'), 1, 'a program and its arguments, such as [node, server.js] (no shell is used)');
const pattern = scalar('a regular expression', { type: 'string', minLength: 1, format: 'regex' }, (value) => {
	try {
		return typeof value === 'string' && value !== '' && new RegExp(value) ? { value } : undefined;
	} catch {
		return undefined;
	}
});
const path = text('a path that begins with /', '^/[!-~]*$');
const always = scalar('true', { const: true }, (value) => (value === true ? { value: true } : undefined));

const ready = oneKey(
	{
		http: optional(path, 'ready when a GET of this path is answered below 400'),
		tcp: optional(always, 'ready when it accepts a connection'),
		log: optional(pattern, 'ready when a line of its output matches'),
		within: optional(duration(1), 'how long it may take'),
	},
	['http', 'tcp', 'log'],
	'or none',
);
const processFields = {
	env: optional(env, 'environment variables, templates'),
	cwd: optional(text('a folder'), 'working directory, from the folder of this file'),
	ready: optional(ready, 'when the process counts as started'),
};

const cluster = oneKey(
	{
		replicas: optional(integer(1, 50), 'how many nodes, n1 …'),
		builtin: optional(
			object({
				http: required(
					object({
						serviceMs: optional(milliseconds(0), 'how long each request is worked on'),
						mesh: optional(flag, 'they heartbeat each other, and publish what they see at /.daruma/views'),
					}),
					'GET, POST … on any path, over HTTP/1.1',
				),
			}),
			'replicas that daruma brings along, with a ledger of their own',
		),
		command: optional(argv, 'a program of yours, listening on {port}'),
		...processFields,
	},
	['builtin', 'command'],
);

const retry = object({
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
const ejection = object({
	failures: optional(integer(1, 1000), 'failures in a row'),
	forMs: optional(milliseconds(0), 'how long a node then gets no calls'),
	maxShare: optional(share, 'of all nodes may be out at once'),
});
const slowStart = object({
	windowMs: optional(milliseconds(1), 'until a node has its whole weight again'),
	aggression: optional(positive, '1 is linear; above 1 is faster at first'),
	minShare: optional(share, 'of its weight that it begins with'),
});
const client = object({
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
	keys: optional(integer(1, 1_000_000), 'users that the requests are spread over, for the keyed policies'),
	retry: optional(orOff(retry), 'or off'),
	timeoutMs: optional(orOff(milliseconds(1)), 'per try, or off'),
	deadlineMs: optional(orOff(milliseconds(1)), 'for the whole call, or off'),
	ejection: optional(orOff(ejection), 'of failing nodes, or off'),
	slowStart: optional(orOff(slowStart), 'of nodes that come back, or off'),
});
const configFile = text('default, or the path of a config file');
const subject = oneKey(
	{
		client: optional(client, 'the built-in client'),
		nginx: optional(configFile, 'default, or a config as a template'),
		haproxy: optional(configFile, 'default, or a config as a template'),
		command: optional(argv, 'a proxy of yours, listening on {listen}, in front of {upstreams}'),
		...processFields,
	},
	['client', 'nginx', 'haproxy', 'command'],
);

const mixEntry = object({
	method: optional(method, 'GET if absent'),
	path: optional(path, '/ if absent'),
	share: optional(positive, 'relative weight'),
	headers: optional(headers, 'sent with each request'),
	body: optional(body, 'sent with each request'),
	ok: optional(statusPredicate, 'which answers are good'),
	idempotent: optional(flag, 'by method if absent (RFC 9110 9.2.2)'),
});
const traffic = object({
	rate: optional(rate, 'requests a second, open loop'),
	pacing: optional(word(['constant', 'poisson']), 'how they are spaced'),
	timeout: optional(duration(1), 'how long the user behind a request waits'),
	connections: optional(word(['pooled', 'fresh']), 'kept alive, or a new one each time'),
	mix: optional(list(mixEntry, 1, 'kinds of request'), 'what is sent'),
});

const target = text('one, minority, half, majority, all, or a node such as n2', '^(one|minority|half|majority|all|n[1-9]\\d*)$');
const everyFault = {
	target: optional(target, 'which nodes'),
	for: optional(duration(1), 'how long'),
	at: optional(duration(0), "after the baseline's end"),
};
const ofRequests = optional(share, 'of requests that meet it');
const parameters = {
	...everyFault,
	latency: optional(duration(0), 'added to each answer'),
	jitter: optional(duration(0), 'more or less'),
	share: ofRequests,
	unit: optional(word(['request', 'connection', 'bytes']), 'what the share is of'),
	status: optional(integer(400, 599), 'answered instead'),
	methods: optional(list(method, 1, 'HTTP methods'), 'only such a request trips it'),
};
const { latency, jitter, unit, status, methods } = parameters;
const faultShape = byKind<(typeof FAULT_KINDS)[number], typeof parameters>(FAULT_KINDS, {
	kill: everyFault,
	freeze: everyFault,
	term: everyFault,
	crash: { ...everyFault, share: ofRequests, methods },
	reset: { ...everyFault, share: ofRequests },
	blackhole: { ...everyFault, share: ofRequests },
	delay: { ...everyFault, latency, jitter, share: ofRequests },
	drop: { ...everyFault, share: ofRequests, unit },
	error: { ...everyFault, share: ofRequests, status },
});

/** Checks that are judged though nobody asked; `allow` lets them fail by name. */
export const UNASKED = ['nonIdempotentDoubleExecuted', 'lost'] as const;
const experiment = object({
	name: optional(text('a name in one line', '^[^\\r\\n]+$'), 'for reports and --only'),
	fault: required(several(faultShape, 'faults'), 'what is done to the cluster'),
	baseline: optional(duration(0), 'undisturbed traffic before'),
	after: optional(duration(0), 'traffic after the last heal'),
	repeat: optional(integer(1, 1000), 'how often'),
	expect: optional(bounds, 'what must hold'),
	allow: optional(list(word(UNASKED), 0, 'checks'), 'checks that may fail though nobody asked for them'),
});

/** daruma.yaml, whole. Defaults are in resolve.ts. */
export const FILE = object({
	version: required(
		scalar('1', { const: 1 }, (value) => (value === 1 ? { value: 1 as const } : undefined)),
		'of this format',
	),
	seed: optional(integer(0, 0xffff_ffff), 'of every random decision; a fresh one if absent'),
	cluster: optional(cluster, 'what is knocked down'),
	subject: optional(subject, 'who fails over and retries: the thing under test'),
	traffic: optional(traffic, 'what users do'),
	experiments: required(list(experiment, 1, 'experiments'), 'what is done, and what must hold'),
});
export type File = ReturnType<typeof FILE.read>;
export type FaultInFile = ReturnType<typeof faultShape.read>;
export type ProcessInFile = Partial<ReadOf<typeof processFields>>;

/** The JSON Schema that is shipped as schemas/daruma.schema.json. */
export const jsonSchema = (): JsonSchema => ({
	$schema: 'http://json-schema.org/draft-07/schema#',
	title: 'daruma.yaml',
	description: 'Knock a cluster down; verify that it gets back up.',
	...FILE.schema,
});
