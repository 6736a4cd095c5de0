import type { PolicyRegret, Situation } from '../model/simulation.js';

/** Steps of 0.01 % of success and of 1 % of time, as `compare` takes them: noise decides nothing. */
const hundredths = (share: number): number => Math.round(share * 10_000);
const step = (logarithm: number): number => Math.round(logarithm / Math.log(1.01));
const log = (ms: number): number => Math.log(Math.max(ms, 1e-3));

/**
 * How much worse each policy does than the best one of each situation (Savage 1951), the least first: success lost in
 * all, then the geometric means of how many times its p99, and its mean, are those of the best. Ranks would count a
 * near tie as much as a landslide.
 */
export const regrets = (situations: readonly Situation[]): PolicyRegret[] => {
	const first = situations[0]?.policies ?? [];
	const found = first.map(({ policy }) => {
		let [lost, slower, meanSlower] = [0, 0, 0];
		for (const { policies } of situations) {
			const own = policies.find((each) => each.policy === policy) ?? policies[0];
			if (!own) continue;
			const tail = (each: typeof own): number => log(each.p99Ms ?? each.meanMs);
			lost += Math.max(...policies.map(({ success }) => hundredths(success))) - hundredths(own.success);
			slower += tail(own) - Math.min(...policies.map(tail));
			meanSlower += log(own.meanMs) - Math.min(...policies.map(({ meanMs }) => log(meanMs)));
		}
		const mean = (sum: number): number => sum / situations.length;
		return { policy, lost, slower: mean(slower), meanSlower: mean(meanSlower) };
	});
	return found
		.sort((a, b) => a.lost - b.lost || step(a.slower) - step(b.slower) || a.meanSlower - b.meanSlower || (a.policy < b.policy ? -1 : 1))
		.map(({ policy, lost, slower, meanSlower }) => ({
			policy,
			lost: lost / 10_000,
			p99Times: Number(Math.exp(slower).toFixed(3)),
			meanTimes: Number(Math.exp(meanSlower).toFixed(3)),
		}));
};
