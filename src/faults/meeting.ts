import { type FaultKind, TAP_FAULTS } from '../model/fault.js';
import type { FaultSpec } from '../model/plan.js';

/** One fault at one node, from and to when it is planned to last. */
export interface Stretch {
	spec: FaultSpec;
	fromMs: number;
	toMs: number;
}

/**
 * What becomes of two faults at one node.
 *
 *     apart    ├─ a ─┤  ├─ b ─┤
 *     ended    ├─ delay ──×├─ kill ─┤         the tap dies with the node: both are healed together
 *     inside   ├─ delay ──┼─ freeze ─┼──┤     the tap stands still and goes on
 */
export type Meeting = 'apart' | 'ended' | 'inside' | { refused: string };

const AT_TAP: ReadonlySet<FaultKind> = new Set<FaultKind>(TAP_FAULTS.filter((kind) => kind !== 'crash'));
/** A thawed node must be seen to answer through whatever its tap still does. */
const SLOWEST_MS = 500;

/** Pure, and the same whichever is named first. */
export const meeting = (one: Stretch, other: Stretch): Meeting => {
	if (one.toMs <= other.fromMs || other.toMs <= one.fromMs) return 'apart';
	const inOrder = one.fromMs < other.fromMs || (one.fromMs === other.fromMs && AT_TAP.has(one.spec.kind));
	const [a, b] = inOrder ? [one, other] : [other, one];
	if (!AT_TAP.has(a.spec.kind)) return { refused: `nothing else can begin at a node during a ${a.spec.kind}` };
	if (AT_TAP.has(b.spec.kind) || b.spec.kind === 'crash') return { refused: 'a tap carries out one fault at a time' };
	if (a.fromMs === b.fromMs) return { refused: `a ${b.spec.kind} ends a ${a.spec.kind}: begin it later` };
	if (b.spec.kind !== 'freeze') return 'ended';
	if (!answersThrough(a.spec)) return { refused: `a thawed node cannot be seen to answer through a ${a.spec.kind}` };
	return b.toMs < a.toMs ? 'inside' : { refused: `a frozen tap cannot end its ${a.spec.kind}: let the freeze end before` };
};

const answersThrough = ({ kind, latencyMs = 200, jitterMs = 0 }: FaultSpec): boolean =>
	kind === 'error' || (kind === 'delay' && latencyMs + jitterMs <= SLOWEST_MS);
