import { FAULT_KINDS } from '../../model/fault.js';
import { duration, integer, method, share, text } from '../scalars.js';
import { byKind, list, optional, word } from '../shape.js';

export const target = text('one, minority, half, majority, all, or a node such as n2', '^(one|minority|half|majority|all|n[1-9]\\d*)$');
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
	status: optional(integer(400, 599), 'answered instead'),
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
