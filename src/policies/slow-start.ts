import type { SlowStartSpec } from '../model/plan.js';
import type { Candidate, Policy } from './policy.js';

/** Envoy's ramp: max(min share, (t / window)^(1 / aggression)), 1 after the window. Times in ms. */
export const rampShare = ({ windowMs, aggression, minShare }: SlowStartSpec, sinceMs: number): number =>
	sinceMs >= windowMs ? 1 : Math.max(minShare, (Math.max(sinceMs, 1) / windowMs) ** (1 / aggression));

/**
 * Around any policy that heeds weights: a node that comes back gets only part of its weight at first. As in HAProxy
 * nothing ramps at the start of a client, when no node has a head start.
 */
export const slowStart = (policy: Policy, spec: SlowStartSpec): Policy => {
	const since = new Map<number, number>();
	const ramped = (candidate: Candidate, now: number): Candidate => {
		const began = since.get(candidate.index);
		if (began === undefined) return candidate;
		const share = rampShare(spec, now - began);
		if (share === 1) since.delete(candidate.index);
		return share === 1 ? candidate : { ...candidate, weight: candidate.weight * share };
	};
	return {
		...policy,
		pick: (candidates, rng, now, key) => policy.pick(since.size === 0 ? candidates : candidates.map((c) => ramped(c, now)), rng, now, key),
		returned(index, now) {
			since.set(index, now);
			policy.returned?.(index, now);
		},
	};
};
