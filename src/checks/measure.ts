import type { Entry } from '../ledger/entry.js';
import type { Measure, MeasureKind } from '../model/run.js';

/** It could not be seen: null, never 0. */
export const unseen = (kind: MeasureKind, observedBy: string, why: string, exposure = 0): Measure => ({
	value: null,
	lo: null,
	hi: null,
	exposure,
	kind,
	observedBy,
	evidence: [],
	why,
});

export const idsOf = (entries: readonly Entry[]): string[] => entries.slice(0, 20).map((e) => e.request.id);

/** Half a nanosecond's worth of digits would only be noise. */
export const round = (n: number, digits = 3): number => Number(n.toFixed(digits));
