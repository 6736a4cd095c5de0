import { atTap } from './at-tap.js';

/** A share of the requests gets no answer, of the connections is reset, or of the bytes is lost. */
export const drop = atTap(
	'drop',
	(answer) => (answer.status === undefined ? `a probe was dropped (${answer.reason})` : null),
	() => 300,
);
