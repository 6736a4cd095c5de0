import type { TrafficSpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';

/** The intended send time of request `n` (0, 1, 2 …), in ms after the start of the traffic. Never decreases with `n`. */
export type Pacer = (n: number) => number;

/**
 * Constant: request n is due at n / rate. Poisson: exponential gaps -ln(1 - u) / rate, so that arrivals are as bursty as
 * independent users are. Pure: the same seed and `n` always give the same time, in whatever order it is asked
 * (asking in rising order costs one draw each, stepping back starts over).
 */
export const pacer = ({ rate, pacing }: Pick<TrafficSpec, 'rate' | 'pacing'>, random: Rng): Pacer => {
	const gapMs = 1000 / rate;
	if (pacing === 'constant') return (n) => n * gapMs;
	let stream = random.fork('pacing');
	let drawn = 0;
	let sumMs = 0;
	return (n) => {
		if (n < drawn - 1) {
			stream = random.fork('pacing');
			drawn = 0;
			sumMs = 0;
		}
		for (; drawn <= n; drawn++) sumMs -= Math.log(1 - stream.next()) * gapMs;
		return sumMs;
	};
};
