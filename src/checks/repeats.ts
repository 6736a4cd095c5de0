import { METRICS } from '../model/metrics.js';
import type { ExperimentResult, RepeatsResult } from '../model/run.js';

/** A larger value of these is the better one. */
const MORE_IS_BETTER: ReadonlySet<string> = new Set(['availability']);
/** How much was asked is no better and no worse. */
const NEUTRAL: ReadonlySet<string> = new Set(['requests']);

/** Each experiment that was to run more than once: how its repeats ended, and the worst that was seen in any. Every repeat keeps its own result. */
export const repeatsOf = (experiments: readonly ExperimentResult[]): RepeatsResult[] => {
	const byName = new Map<string, ExperimentResult[]>();
	for (const each of experiments) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);
	return [...byName].flatMap(([name, all]) => {
		if (all.length < 2) return [];
		const count = (verdict: ExperimentResult['verdict']): number => all.filter((each) => each.verdict === verdict).length;
		return [{ name, repeats: all.length, pass: count('pass'), fail: count('fail'), inconclusive: count('inconclusive'), worst: worstOf(all) }];
	});
};

const worstOf = (all: readonly ExperimentResult[]): RepeatsResult['worst'] =>
	Object.fromEntries(
		METRICS.flatMap(({ name }) => {
			if (NEUTRAL.has(name)) return [];
			const seen = all.flatMap(({ metrics, repeat }) => {
				const value = metrics[name]?.value;
				return value === null || value === undefined ? [] : [{ value, repeat }];
			});
			if (seen.length === 0) return [];
			const worse = (a: number, b: number): boolean => (MORE_IS_BETTER.has(name) ? a < b : a > b);
			const worst = seen.reduce((found, each) => (worse(each.value, found.value) ? each : found));
			return [[name, { ...worst, seen: seen.length }]];
		}),
	);
