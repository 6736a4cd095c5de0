/** What a detector is to achieve: Chen's triple, in ms. */
export interface QosBounds {
	/** A crash is found at most so long after it, on average over delays. */
	detectMs: number;
	/** From one mistake to the next at least so long, on average. */
	recurrenceMs: number;
	/** A mistake lasts at most so long, on average. */
	mistakeMs: number;
}

/** What the network does to heartbeats: share lost, mean delay in ms, its variance in ms². */
export interface NetworkFigures {
	loss: number;
	delayMs: number;
	delayVariance: number;
}

/**
 * At most this share of heartbeats is not there `slackMs` after it was expected: lost, or too late by Cantelli's
 * inequality, which holds for every distribution of delays.
 */
const missing = (slackMs: number, { loss, delayVariance: v }: NetworkFigures): number => (v + loss * slackMs ** 2) / (v + slackMs ** 2);

/** The least E(T_MR) of NFD-E with η and α: a mistake takes that every heartbeat which might prevent it, each η later with η less slack, is missing. */
export const recurrenceAtLeast = (intervalMs: number, alphaMs: number, network: NetworkFigures): number => {
	let all = 1;
	for (let slack = alphaMs; slack > 0; slack -= intervalMs) all *= missing(slack, network);
	return intervalMs / all;
};

/** The greatest E(T_M): each heartbeat ends a mistake with the probability that it is not missing. */
export const mistakeAtMost = (intervalMs: number, alphaMs: number, network: NetworkFigures): number => intervalMs / (1 - missing(alphaMs, network));

const STEPS = 2000;

/**
 * The longest interval η, so the fewest heartbeats, with which Chen's detector keeps the bounds, and the α that goes with
 * it; null: none does. After the configuration procedure of Chen, Toueg and Aguilera 2002 for unknown distributions.
 */
export const chooseChen = (bounds: QosBounds, network: NetworkFigures): { intervalMs: number; alphaMs: number } | null => {
	const room = bounds.detectMs - network.delayMs;
	for (let step = STEPS - 1; step > 0; step--) {
		const intervalMs = (room * step) / STEPS;
		const alphaMs = room - intervalMs;
		if (room <= 0 || mistakeAtMost(intervalMs, alphaMs, network) > bounds.mistakeMs) continue;
		if (recurrenceAtLeast(intervalMs, alphaMs, network) >= bounds.recurrenceMs) return { intervalMs, alphaMs };
	}
	return null;
};
