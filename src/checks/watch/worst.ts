import type { Opinion, State } from '../../detectors/detector.js';
import type { Witness } from './events.js';

/** How bad a state is; what is unknown is better than what is known to be bad, and worse than what is known to be well. */
const GRAVITY: Readonly<Record<State, number>> = { up: 0, unknown: 1, warning: 2, suspect: 3, down: 4 };

export const gravity = (state: State): number => GRAVITY[state];

export interface Testimony {
	by: Witness;
	opinion: Opinion;
}

/**
 * What is thought of an endpoint of which several witnesses speak: whoever has the worst to say is believed. Those that
 * know nothing are not asked, and a load or a comparison alone makes nobody `up`.
 */
export const worst = (heard: readonly Testimony[]): Testimony => {
	const telling = heard.filter(
		({ by, opinion }) => opinion.state !== 'unknown' && (by === 'probe' || by === 'report' || gravity(opinion.state) >= gravity('warning')),
	);
	const first = telling[0] ?? heard[0] ?? { by: 'probe', opinion: { state: 'unknown', why: 'nothing heard yet' } };
	return telling.reduce((a, b) => (gravity(b.opinion.state) > gravity(a.opinion.state) ? b : a), first);
};
