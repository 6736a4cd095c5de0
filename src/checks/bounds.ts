import type { Bound } from '../model/plan.js';

/** Does a single number satisfy the bound? */
export const satisfies = (value: number, { op, value: limit }: Bound): boolean => {
	if (op === '<') return value < limit;
	if (op === '<=') return value <= limit;
	if (op === '>') return value > limit;
	if (op === '>=') return value >= limit;
	return op === '==' ? value === limit : value !== limit;
};

/** What an interval says of a bound: every number in it satisfies it, none does, or some do. Null is no limit on that side. */
export const compare = (lo: number | null, hi: number | null, bound: Bound): 'holds' | 'broken' | 'open' => {
	const low = lo ?? Number.NEGATIVE_INFINITY;
	const high = hi ?? Number.POSITIVE_INFINITY;
	const limit = bound.value;
	if (bound.op === '==') return low === limit && high === limit ? 'holds' : low > limit || high < limit ? 'broken' : 'open';
	if (bound.op === '!=') return low > limit || high < limit ? 'holds' : low === limit && high === limit ? 'broken' : 'open';
	const all = satisfies(low, bound) && satisfies(high, bound);
	const none = !satisfies(low, bound) && !satisfies(high, bound);
	return all ? 'holds' : none ? 'broken' : 'open';
};

/** Bounds that more of the same can only break: what was found is proof, whatever else was not seen. */
export const isUpper = (bound: Bound): boolean => bound.op === '<' || bound.op === '<=' || bound.op === '==';
