import { atTap } from './at-tap.js';

/** Answers every request with a status, without passing it on. */
export const error = atTap(
	'error',
	(answer, fault) => (answer.status === fault.status ? `answered ${answer.status}` : null),
	() => 1000,
);
