import type { Rng } from '../model/rng.js';
import type { Candidate, Policy } from './policy.js';
import { random } from './random.js';

/** Settings of Prequal (Wydrowski et al., NSDI'24). */
export interface PrequalSpec {
	/** Probes per call. */
	probesPerCall: number;
	/** Answers that are kept, and for how long, ms. */
	pool: number;
	ageMs: number;
	/** A node is hot when it has more requests in flight than this quantile of what nodes reported lately. */
	hotQuantile: number;
	/** How often one answer may be used. */
	uses: number;
}
const DEFAULTS: PrequalSpec = { probesPerCall: 3, pool: 16, ageMs: 1000, hotQuantile: 0.84, uses: 2 };
/** Reported numbers of requests in flight that the quantile is taken over. */
const RECENT = 128;

interface Answer {
	index: number;
	inFlight: number;
	latencyMs: number;
	at: number;
	uses: number;
}

/**
 * Prequal: each call sends a few probes to random nodes, whose answers (requests in flight, latency) wait in a pool. The
 * cold node of least latency is taken; if all are hot, the one with the fewest requests in flight; with too few answers
 * a random one. An answer that was used counts one request more; after each call the oldest and the worst go in turn.
 */
export const prequal = (spec: Partial<PrequalSpec> = {}): Policy => {
	const { probesPerCall, pool, ageMs, hotQuantile, uses } = { ...DEFAULTS, ...spec };
	const fallback = random();
	const recent = new Float64Array(RECENT);
	let reports = 0;
	let answers: Answer[] = [];
	let removals = 0;
	/** The quantile moves slowly, and costs a sort. */
	let hotAbove = 0;

	const threshold = (): number => {
		const sorted = recent.slice(0, Math.min(reports, RECENT)).sort();
		return sorted[Math.min(sorted.length - 1, Math.floor(hotQuantile * sorted.length))] ?? 0;
	};
	const better = (a: Answer, b: Answer, hot: number): boolean => {
		const [coldA, coldB] = [a.inFlight <= hot, b.inFlight <= hot];
		if (coldA !== coldB) return coldA;
		return coldA ? a.latencyMs < b.latencyMs : a.inFlight < b.inFlight;
	};
	const removeOne = (hot: number): void => {
		if (answers.length === 0) return;
		const worst = answers.reduce((w, each) => (better(w, each, hot) ? each : w));
		const gone = removals++ % 2 === 0 ? answers[0] : worst;
		answers = answers.filter((each) => each !== gone);
	};
	return {
		probes(candidates: readonly Candidate[], rng: Rng) {
			const wanted = new Set<number>();
			const count = Math.min(probesPerCall, candidates.length);
			while (wanted.size < count) wanted.add((candidates[Math.floor(rng.next() * candidates.length)] as Candidate).index);
			return [...wanted];
		},
		reported(index, { inFlight, latencyMs }, now) {
			recent[reports++ % RECENT] = inFlight;
			if (reports < RECENT || reports % 8 === 0) hotAbove = threshold();
			answers.push({ index, inFlight, latencyMs: latencyMs ?? 0, at: now, uses: 0 });
			if (answers.length > pool) answers.shift();
		},
		pick(candidates, rng, now) {
			answers = answers.filter(({ at }) => now - at < ageMs);
			const position = (index: number): number => (candidates[index]?.index === index ? index : candidates.findIndex((c) => c.index === index));
			const offered = answers.filter(({ index }) => position(index) >= 0);
			if (offered.length < Math.min(2, candidates.length)) return fallback.pick(candidates, rng, now);
			const hot = hotAbove;
			const best = offered.reduce((b, each) => (better(each, b, hot) ? each : b));
			for (const answer of answers) if (answer.index === best.index) answer.inFlight += 1;
			best.uses += 1;
			if (best.uses >= uses) answers = answers.filter((each) => each !== best);
			removeOne(hot);
			return position(best.index);
		},
	};
};
