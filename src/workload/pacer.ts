import type { RateStage, TrafficSpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import { timeOf } from './stages.js';

/** The intended send time of request `n` (0, 1, 2 …), in ms after the start of the traffic. Never decreases with `n`. */
export type Pacer = (n: number) => number;

export type Pace = Pick<TrafficSpec, 'rate' | 'pacing'> & { stages?: readonly RateStage[] | undefined };

/**
 * Constant: request n is due at n / rate. Poisson: exponential gaps -ln(1 - u) / rate, so that arrivals are as bursty as
 * independent users are. With stages, the same in a time in which one request is due per unit. Pure: the same seed and
 * `n` always give the same time, in whatever order it is asked (asking in rising order costs one draw each, stepping
 * back starts over).
 */
export const pacer = ({ rate, pacing, stages }: Pace, random: Rng): Pacer => {
	const gapMs = 1000 / rate;
	if (stages) {
		const due = timeOf(stages);
		if (pacing === 'constant') return due;
		const sum = exponentialSums(1, random);
		return (n) => due(sum(n));
	}
	return pacing === 'constant' ? (n) => n * gapMs : exponentialSums(gapMs, random);
};

const exponentialSums = (mean: number, random: Rng): ((n: number) => number) => {
	let stream = random.fork('pacing');
	let drawn = 0;
	let sum = 0;
	return (n) => {
		if (n < drawn - 1) {
			stream = random.fork('pacing');
			drawn = 0;
			sum = 0;
		}
		for (; drawn <= n; drawn++) sum -= Math.log(1 - stream.next()) * mean;
		return sum;
	};
};
