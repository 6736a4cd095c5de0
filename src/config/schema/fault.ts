import { FAULT_KINDS } from '../../model/fault.js';
import { nearest } from '../../model/nearest.js';
import { GRPC_CODES } from '../../wire/grpc.js';
import { httpStatusOfGrpc } from '../../wire/grpc-http.js';
import { duration, integer, method, share, text } from '../scalars.js';
import { byKind, list, object, optional, scalar, word } from '../shape.js';

export const TARGETS = 'one, minority, half, majority, all, leader, another, others';
export const target = text(`${TARGETS}, or a node such as n2`, `^(${TARGETS.replaceAll(', ', '|')}|n[1-9]\\d*)$`);
export const flap = object({
	on: optional(duration(1), 'how long it lasts each time'),
	off: optional(duration(1), 'how long it rests in between'),
	every: optional(duration(1), 'from one beginning to the next, instead of off'),
	times: optional(integer(1, 1000), 'how often; else as often as fits into `for`'),
});
export const roll = object({ gap: optional(duration(0), 'between the heal of one node and the fault at the next') });
const [, ...failures] = GRPC_CODES;
/** An HTTP status, or a gRPC code by its name: to plain HTTP that is the status which goes with it. */
const failure = scalar<{ status: number; grpcStatus?: number }>(
	'a status from 400 to 599, or the name of a gRPC code such as UNAVAILABLE',
	{
		anyOf: [
			{ type: 'integer', minimum: 400, maximum: 599 },
			{ type: 'string', enum: failures },
		],
	},
	(value) => {
		if (Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599) return { value: { status: value as number } };
		const code = failures.indexOf(value as (typeof failures)[number]) + 1;
		if (code > 0) return { value: { status: httpStatusOfGrpc(code), grpcStatus: code } };
		const near = typeof value === 'string' ? nearest(value.toUpperCase(), failures) : undefined;
		return near ? { expected: `a status from 400 to 599, or one of ${failures.join(', ')}`, hint: `did you mean ${near}?` } : undefined;
	},
);
export const everyFault = {
	target: optional(target, 'which nodes'),
	for: optional(duration(1), 'how long'),
	at: optional(duration(0), "after the baseline's end"),
	flap: optional(flap, 'it comes and goes'),
	roll: optional(roll, 'one node after the other'),
};
export const ofRequests = optional(share, 'of requests that meet it');
export const parameters = {
	...everyFault,
	latency: optional(duration(0), 'added to each answer'),
	jitter: optional(duration(0), 'more or less'),
	share: ofRequests,
	unit: optional(word(['request', 'connection', 'bytes']), 'what the share is of'),
	status: optional(failure, 'answered instead'),
	methods: optional(list(method, 1, 'HTTP methods'), 'only such a request trips it'),
	direction: optional(word(['both', 'in', 'out']), 'what is cut off, as the node sees it'),
};
const { latency, jitter, unit, status, methods, direction } = parameters;
export const faultShape = byKind<(typeof FAULT_KINDS)[number], typeof parameters>(FAULT_KINDS, {
	kill: everyFault,
	freeze: everyFault,
	term: everyFault,
	crash: { ...everyFault, share: ofRequests, methods },
	reset: { ...everyFault, share: ofRequests },
	blackhole: { ...everyFault, share: ofRequests },
	delay: { ...everyFault, latency, jitter, share: ofRequests },
	drop: { ...everyFault, share: ofRequests, unit },
	error: { ...everyFault, share: ofRequests, status },
	partition: { ...everyFault, direction },
});
export type FaultInFile = ReturnType<typeof faultShape.read>;
