import type { RateStage } from '../model/plan.js';

/** Requests that a stage has asked for `ms` after its begin: the area under a line. */
const areaOf = ({ forMs, from, to }: RateStage, ms: number): number => (from * ms + ((to - from) * ms * ms) / (2 * forMs)) / 1000;

/** How many requests are due before `ms` (not rounded); after the last stage its end goes on. */
export const countAt = (stages: readonly RateStage[], ms: number): number => {
	let left = ms;
	let sum = 0;
	for (const stage of stages) {
		if (left <= stage.forMs) return sum + areaOf(stage, left);
		sum += areaOf(stage, stage.forMs);
		left -= stage.forMs;
	}
	return sum + ((stages.at(-1)?.to ?? 0) * left) / 1000;
};

/**
 * The first time, in ms, at which so many requests have been asked for: the inverse of {@link countAt}. Within a ramp that
 * is the root of a parabola, in the form that loses no digits where the slope is flat.
 */
export const timeOf = (stages: readonly RateStage[]): ((count: number) => number) => {
	const begins: { stage: RateStage; atMs: number; before: number; area: number }[] = [];
	let atMs = 0;
	let before = 0;
	for (const stage of stages) {
		const area = areaOf(stage, stage.forMs);
		begins.push({ stage, atMs, before, area });
		atMs += stage.forMs;
		before += area;
	}
	const end = { atMs, before, rate: stages.at(-1)?.to ?? 0 };
	return (count) => {
		const found = begins.find((b) => count <= b.before + b.area);
		if (!found) return end.atMs + ((count - end.before) * 1000) / end.rate;
		const { forMs, from, to } = found.stage;
		const wanted = (count - found.before) * 1000;
		if (wanted <= 0) return found.atMs;
		const root = Math.sqrt(Math.max(0, from * from + (2 * (to - from) * wanted) / forMs));
		return found.atMs + Math.min(forMs, (2 * wanted) / (from + root));
	};
};

/** Requests that this traffic means to send between two times after its start. */
export const expectedRequests = ({ rate, stages }: { rate: number; stages?: readonly RateStage[] | undefined }, fromMs: number, toMs: number): number =>
	stages ? countAt(stages, toMs) - countAt(stages, fromMs) : (rate * (toMs - fromMs)) / 1000;
