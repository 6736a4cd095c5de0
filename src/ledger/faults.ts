import type { FaultKind } from '../model/fault.js';
import type { ExperimentSpec, FaultSpec } from '../model/plan.js';
import type { Slice } from './slice.js';

/** One fault at one node, as it was seen; all times on the run's clock, null where nobody saw it. */
export interface FaultSpan {
	index: number;
	/** Which time, of a fault that flaps; each is an event of its own. */
	nth: number | undefined;
	kind: string;
	spec: FaultSpec | undefined;
	target: string;
	intendedMs: number;
	/** The last instant at which the node was certainly still well. */
	effectiveMs: number | null;
	/** When the effect was seen: the fault began between `effectiveMs` and this. */
	seenMs: number | null;
	/** When somebody began to mend the node: the heal, or a recovery before it. */
	healingMs: number | null;
	healedMs: number | null;
	by: string | undefined;
	/** What went wrong, in words of the injector. */
	failed: string | undefined;
}

export const faultSpans = (slice: Slice, spec: ExperimentSpec): FaultSpan[] => {
	const spans = new Map<string, FaultSpan>();
	for (const event of slice.faults) {
		const key = `${event.fault} ${event.nth ?? 0} ${event.target}`;
		const planned = spec.faults[event.fault];
		const span: FaultSpan = spans.get(key) ?? {
			index: event.fault,
			nth: event.nth,
			kind: event.faultKind,
			spec: planned,
			target: event.target,
			intendedMs:
				slice.phases.fault === undefined ? event.t : slice.phases.fault + (planned?.atMs ?? 0) + ((event.nth ?? 1) - 1) * (planned?.flap?.everyMs ?? 0),
			effectiveMs: null,
			seenMs: null,
			healingMs: null,
			healedMs: null,
			by: undefined,
			failed: undefined,
		};
		spans.set(key, span);
		if (event.step === 'intended') span.intendedMs = event.t;
		else if (event.step === 'effective') {
			span.effectiveMs = event.t;
			span.seenMs = event.seenMs ?? event.t;
			span.by = event.by;
		} else if (event.step === 'healing') span.healingMs = event.t;
		else if (event.step === 'healed') span.healedMs = event.t;
		else span.failed = event.detail ?? 'it failed';
	}
	for (const span of spans.values()) span.healingMs = mendedFrom(span, slice);
	return [...spans.values()].sort((a, b) => a.intendedMs - b.intendedMs || a.index - b.index);
};

/** What a recovery saved was saved by no failover: whichever came first began to mend the node. */
const mendedFrom = ({ target, effectiveMs, healingMs }: FaultSpan, { events }: Slice): number | null => {
	if (effectiveMs === null) return healingMs;
	const first = events.find(
		(e) => e.kind === 'recovery' && e.by === 'supervisor' && (e.action === 'restart' || e.action === 'redeploy') && e.target === target && e.t >= effectiveMs,
	);
	return first && (healingMs === null || first.t < healingMs) ? first.t : healingMs;
};

const TAP_LIVES_ON: ReadonlySet<string> = new Set<FaultKind>(['reset', 'blackhole', 'delay', 'drop', 'error']);

/**
 * Does the node's tap see every try while this fault lasts? Not when the group is dead, stopped or closing (nobody in
 * user space sees a refused connection), nor when connections or bytes are dropped before a request can be read.
 */
export const tapSeesTries = (span: FaultSpan): boolean =>
	TAP_LIVES_ON.has(span.kind) && !(span.kind === 'drop' && span.spec?.unit !== undefined && span.spec.unit !== 'request');
