import { formatDuration } from '../model/duration.js';
import type { FaultSpec } from '../model/plan.js';

/** How many of `n` nodes a target word selects (the words of Jepsen's nemesis; a minority is at least one node). */
export const targetSize = (target: string, n: number): number => {
	if (target === 'all') return n;
	if (target === 'majority') return Math.floor(n / 2) + 1;
	if (target === 'half') return Math.max(1, Math.floor(n / 2));
	if (target === 'minority') return Math.max(1, Math.floor((n - 1) / 2));
	return 1;
};

const together = (a: FaultSpec, b: FaultSpec): boolean => a.atMs < b.atMs + b.forMs && b.atMs < a.atMs + a.forMs;
const named = (target: string): boolean => /^n\d+$/.test(target);

const pairs = (faults: readonly FaultSpec[]): [number, number][] => faults.flatMap((_, j) => Array.from({ length: j }, (__, i): [number, number] => [i, j]));

/** A node holds one fault at a time: two that are sure to meet at a node cannot be set. By size: two of three and two of three share a node. */
export const certainOverlap = (faults: readonly FaultSpec[], n: number): { second: number; text: string } | undefined => {
	for (const [i, j] of pairs(faults)) {
		const [a, b] = [faults[i]!, faults[j]!];
		const meet = named(a.target) && named(b.target) ? a.target === b.target : targetSize(a.target, n) + targetSize(b.target, n) > n;
		if (meet && together(a, b))
			return {
				second: j,
				text: `${b.kind} ${b.target} from ${formatDuration(b.atMs)} on, while ${a.kind} ${a.target} lasts until ${formatDuration(a.atMs + a.forMs)}`,
			};
	}
	return undefined;
};

/** Two faults that chance may put on the same node at the same time. */
export const possibleOverlap = (faults: readonly FaultSpec[], n: number): boolean =>
	certainOverlap(faults, n) === undefined &&
	pairs(faults).some(([i, j]) => together(faults[i]!, faults[j]!) && !(named(faults[i]!.target) && named(faults[j]!.target)));
