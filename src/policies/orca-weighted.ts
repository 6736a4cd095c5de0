import { Edf } from './edf.js';
import type { LoadReport, Policy } from './policy.js';
import { roundRobin } from './round-robin.js';

/** gRPC A58's settings, times in ms. */
export interface OrcaSpec {
	/** A node's weight counts only when it has reported for so long. */
	blackoutMs: number;
	/** Without a report for so long its weight is forgotten. */
	expirationMs: number;
	/** How often new weights reach the scheduler. */
	updateMs: number;
	/** What a share of errors adds to the utilization. */
	penalty: number;
}
const DEFAULTS: OrcaSpec = { blackoutMs: 10_000, expirationMs: 180_000, updateMs: 1000, penalty: 1 };

/** qps / (utilization + eps/qps · penalty): what the node would do a second at full utilization; 0: the report says nothing. */
export const orcaWeight = ({ qps, eps, utilization }: Pick<LoadReport, 'qps' | 'eps' | 'utilization'>, penalty = DEFAULTS.penalty): number =>
	qps > 0 && utilization > 0 ? qps / (utilization + (eps / qps) * penalty) : 0;

/**
 * Client-side weighted round robin from reported load (gRPC A58, ORCA A51): earliest deadline first by `orcaWeight`.
 * A node whose weight is not usable has the mean of the others; with fewer than two usable weights it is round robin.
 */
export const orcaWeighted = (spec: Partial<OrcaSpec> = {}): Policy => {
	const { blackoutMs, expirationMs, updateMs, penalty } = { ...DEFAULTS, ...spec };
	const nodes: { weight: number; sinceMs: number; atMs: number }[] = [];
	const edf = new Edf();
	const turns = roundRobin();
	let weights: number[] = [];
	let mean = 0;
	let usable = 0;
	let updatedMs = Number.NEGATIVE_INFINITY;

	const weightOf = (index: number, now: number): number => {
		const node = nodes[index];
		if (!node) return 0;
		if (now - node.atMs >= expirationMs) {
			delete nodes[index];
			return 0;
		}
		return now - node.sinceMs < blackoutMs ? 0 : node.weight;
	};
	return {
		pick(candidates, rng, now) {
			if (now - updatedMs >= updateMs) {
				updatedMs = now;
				weights = [];
				for (const { index } of candidates) weights[index] = weightOf(index, now);
				const known = weights.filter((weight) => weight > 0);
				usable = known.length;
				mean = known.reduce((sum, weight) => sum + weight, 0) / usable;
			}
			return usable < 2 ? turns.pick(candidates, rng, now) : edf.step(candidates, rng, ({ index }) => weights[index] || mean);
		},
		reported(index, report, now) {
			const weight = orcaWeight(report, penalty);
			if (weight > 0) nodes[index] = { weight, sinceMs: nodes[index]?.sinceMs ?? now, atMs: now };
		},
		returned(index) {
			// As a subchannel that is ready again: what it reported before its failure is of another life.
			delete nodes[index];
		},
	};
};
