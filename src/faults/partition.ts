import { atTap } from './at-tap.js';

/**
 * The network between the subject and the node loses everything in one direction or in both: no FIN, no RST, no
 * answer. What was sent meanwhile arrives when it heals, as by retransmission.
 */
export const partition = atTap(
	'partition',
	(answer) => (answer.reason === 'timeout' ? 'asked on a new connection, got no answer' : null),
	() => 300,
);
