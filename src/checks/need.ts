import type { MetricInfo } from '../model/metrics.js';
import type { Bound } from '../model/plan.js';
import type { Measure } from '../model/run.js';
import { compare } from './bounds.js';
import { needForQuantile, shareInterval } from './statistics.js';

const LIMIT = 100_000_000;

/** "needs 1 740 more requests": how many more would decide a rate if what follows is like what was seen; undefined where requests cannot. */
export const moreRequests = (measure: Measure, bound: Bound, info: MetricInfo): string | undefined => {
	const { value, exposure } = measure;
	if (value === null || measure.kind !== 'rate') return undefined;
	const needed = info.unit === 'ratio' ? forShare(value, exposure, bound) : info.unit === 'ms' ? forQuantile(measure, bound, info) : undefined;
	if (needed === undefined) return undefined;
	if (!Number.isFinite(needed)) return 'more requests will not decide it: the value is at the bound';
	return `needs ${String(Math.max(1, needed - exposure)).replace(/\B(?=(\d{3})+$)/g, ' ')} more requests`;
};

const forShare = (p: number, n: number, bound: Bound): number => {
	const decides = (m: number): boolean => {
		const { lo, hi } = shareInterval(Math.round(p * m), m);
		return compare(lo, hi, bound) !== 'open';
	};
	let high = Math.max(1, n);
	while (!decides(high)) {
		high *= 2;
		if (high > LIMIT) return Number.POSITIVE_INFINITY;
	}
	let low = n;
	while (high - low > 1) {
		const middle = (low + high) >>> 1;
		if (decides(middle)) high = middle;
		else low = middle;
	}
	return high;
};

/** Intervals by order statistics shrink about as 1/√n. */
const forQuantile = (m: Measure, bound: Bound, info: MetricInfo): number | undefined => {
	const q = Number(/^p(\d+)Ms$/.exec(info.name)?.[1] ?? 50) / 100;
	if (m.hi === null) return needForQuantile(q);
	const distance = Math.abs((m.value as number) - bound.value);
	if (distance === 0) return Number.POSITIVE_INFINITY;
	const width = Math.max(m.hi - (m.value as number), (m.value as number) - (m.lo ?? 0));
	return Math.ceil(m.exposure * (width / distance) ** 2);
};
