import type { Rng } from '../../src/model/rng.js';
import type { Candidate, Policy } from '../../src/policies/policy.js';

export const candidates = (...weights: number[]): Candidate[] => weights.map((weight, index) => ({ index, name: `n${index + 1}`, weight }));

/** The names (a, b, c …) of `count` picks in a row, without any sends. */
export const picks = (policy: Policy, from: readonly Candidate[], count: number, rng: Rng, now = 0): string =>
	Array.from({ length: count }, () => 'abcdefgh'[(from[policy.pick(from, rng, now)] as Candidate).index]).join('');
