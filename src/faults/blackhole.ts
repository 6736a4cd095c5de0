import { atTap } from './at-tap.js';

/** Accepts, reads, stays silent. */
export const blackhole = atTap(
	'blackhole',
	(answer) => (answer.reason === 'timeout' ? 'connected, asked, got no answer' : null),
	() => 300,
);
