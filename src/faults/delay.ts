import { atTap } from './at-tap.js';

/** The answer comes late: latency ± jitter on the way back, order kept, never early. */
export const delay = atTap(
	'delay',
	(answer, fault) => (answer.status !== undefined && answer.ms >= fault.latencyMs - fault.jitterMs ? `answered after ${answer.ms.toFixed(0)} ms` : null),
	(fault) => fault.latencyMs + fault.jitterMs + 5000,
);
