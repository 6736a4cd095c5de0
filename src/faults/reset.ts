import { atTap } from './at-tap.js';

/** Reads the request, answers with RST, lives on. */
export const reset = atTap(
	'reset',
	(answer) => (answer.reason === 'ECONNRESET' ? 'asked, got RST' : null),
	() => 1000,
);
