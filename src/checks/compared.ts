import type { ComparedMetric, ExperimentResult } from '../model/run.js';

/** What recovery may change; counts of requests differ by themselves. */
const METRICS = ['availability', 'p99Ms', 'errorWindowMs', 'clientTimeLostMs', 'timeToFailoverMs', 'timeToRecoverMs'] as const;

/** How long the fault's nodes were out, the longest: until recovery had them, or else until the heal. */
const nodeDown = ({ events, recoveries = [] }: ExperimentResult): number | null => {
	const each = events.map(({ target, effectiveMs, healedMs }) => {
		if (effectiveMs === null) return null;
		const back = recoveries.find((r) => r.target === target && r.ok && (r.action === 'restart' || r.action === 'redeploy') && r.endedMs >= effectiveMs);
		const until = back?.endedMs ?? healedMs;
		return until === null ? null : until - effectiveMs;
	});
	return each.length === 0 || each.some((ms) => ms === null) ? null : Math.max(...(each as number[]));
};

/** Puts beside each experiment what was measured without recovery, by the same draws: one pair is one sample, so the difference has no interval. */
export const compared = (results: readonly ExperimentResult[]): ExperimentResult[] =>
	results.map((result) => {
		const control = results.find((r) => r.controlOf === result.name && r.repeat === result.repeat);
		if (!control) return result;
		const row = (metric: string, withIt: number | null, without: number | null): ComparedMetric => ({
			metric,
			with: withIt,
			without,
			difference: withIt === null || without === null ? null : Number((withIt - without).toFixed(6)),
		});
		const value = ({ metrics }: ExperimentResult, name: string): number | null => metrics[name]?.value ?? null;
		return {
			...result,
			comparison: [row('nodeDownMs', nodeDown(result), nodeDown(control)), ...METRICS.map((m) => row(m, value(result, m), value(control, m)))],
		};
	});
