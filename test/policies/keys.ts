import { rng } from '../../src/model/rng.js';
import type { Candidate, Policy } from '../../src/policies/policy.js';

/** Where each of `count` users goes, by node index. */
export const homes = (policy: Policy, from: readonly Candidate[], count = 20_000): number[] =>
	Array.from({ length: count }, (_, i) => (from[policy.pick(from, rng(1), 0, `user ${i}`)] as Candidate).index);

export const shares = (owners: readonly number[], n: number): number[] =>
	Array.from({ length: n }, (_, index) => owners.filter((each) => each === index).length / owners.length);

/** Keys that moved though their node stayed. */
export const strays = (before: readonly number[], after: readonly number[], gone: number): number =>
	before.filter((index, i) => index !== gone && after[i] !== index).length / before.length;
