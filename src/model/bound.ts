import { formatDuration, parseDuration } from './duration.js';
import { findMetric, METRICS, type MetricInfo } from './metrics.js';
import { nearest } from './nearest.js';
import type { Bound, Expectation } from './plan.js';

/** Why a text is no bound: what was expected instead, for the one message the user gets. */
export interface Unreadable {
	expected: string;
}
export const isUnreadable = (found: object): found is Unreadable => 'expected' in found;

const EXAMPLES: Record<MetricInfo['unit'], string> = {
	ms: "a time such as '<= 250ms' or '<= 2s'",
	ratio: "a share such as '>= 99%' or '>= 0.99'",
	count: "a count such as 0 or '<= 3'",
	factor: "a factor such as '<= 1.2'",
};

/**
 * The one grammar of bounds: an operator (`<= >= == != < >`, none means `==`) and a value in the metric's unit:
 * `250ms`, `2s`, `99%`, `0.99`, `3`. Only zero may stand without the unit of a time.
 */
export const parseBound = (written: string | number, metric: MetricInfo): Bound | Unreadable => {
	const found = /^\s*(<=|>=|==|!=|≤|≥|=|<|>)?\s*(\S.*?)\s*$/.exec(String(written));
	const expected = `${EXAMPLES[metric.unit]} for ${metric.alias}`;
	if (!found) return { expected };
	const sign = found[1] ?? '==';
	const op = (sign === '≤' ? '<=' : sign === '≥' ? '>=' : sign === '=' ? '==' : sign) as Bound['op'];
	const value = parseValue(found[2]!, metric.unit);
	return value === undefined ? { expected } : { op, value, text: `${op} ${found[2]}` };
};

const parseValue = (text: string, unit: MetricInfo['unit']): number | undefined => {
	const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
	if (unit === 'ms') return number === 0 ? 0 : parseDuration(text);
	if (unit === 'ratio') {
		const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
		const ratio = percent ? Number((Number(percent[1]) / 100).toPrecision(12)) : number;
		return ratio !== undefined && ratio <= 1 ? ratio : undefined;
	}
	return unit === 'count' && number !== undefined && !Number.isInteger(number) ? undefined : number;
};

/** `p99 <= 250ms`, as on the command line. The operator must be there. */
export const parseExpectation = (written: string): Expectation | Unreadable => {
	const found = /^\s*([A-Za-z]\w*)\s*((?:[<>=!≤≥]).*)$/.exec(written);
	if (!found) return { expected: "a metric, an operator and a value, such as 'p99 <= 250ms'" };
	const metric = findMetric(found[1]!);
	if (!metric) return { expected: unknownMetric(found[1]!) };
	const bound = parseBound(found[2]!, metric);
	return isUnreadable(bound) ? bound : { name: found[1]!, metric: metric.name, bound };
};

export const unknownMetric = (typed: string): string => {
	const names = METRICS.map((m) => m.alias);
	const near = nearest(typed, names);
	return near ? `a metric; did you mean ${near}?` : `one of the metrics ${names.join(', ')}`;
};

/** A metric's value as people read it: 250ms, 99.97 %, 3, 1.27x. A share is never rounded up to 100 %. */
export const formatValue = (value: number, unit: MetricInfo['unit']): string => {
	if (unit === 'ms') return formatDuration(value);
	if (unit === 'ratio') return formatPercent(value);
	return unit === 'count' ? String(value) : `${Number(value.toFixed(2))}x`;
};

const formatPercent = (ratio: number): string => {
	const percent = ratio * 100;
	if (percent >= 100 || percent <= 0) return `${Number(percent.toFixed(2))} %`;
	for (let digits = percent > 99 || percent < 1 ? 2 : 1; digits < 6; digits++) {
		const text = percent.toFixed(digits);
		if (Number(text) < 100 && Number(text) > 0) return `${Number(text)} %`;
	}
	return percent > 50 ? '> 99.99999 %' : '< 0.00001 %';
};
