import { FAULT_KINDS } from '../../model/fault.js';
import { nearest } from '../../model/nearest.js';
import { GRPC_CODES } from '../../wire/grpc.js';
import { httpStatusOfGrpc } from '../../wire/grpc-http.js';
import { duration, method, share, text } from '../scalars.js';
import { byKind, list, optional, scalar, word } from '../shape.js';

export const target = text('one, minority, half, majority, all, or a node such as n2', '^(one|minority|half|majority|all|n[1-9]\\d*)$');
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
};
const { latency, jitter, unit, status, methods } = parameters;
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
});
export type FaultInFile = ReturnType<typeof faultShape.read>;
