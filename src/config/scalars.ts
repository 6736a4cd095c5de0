import { isUnreadable, parseBound, unknownMetric } from '../model/bound.js';
import { formatDuration, parseDuration } from '../model/duration.js';
import { findMetric, METRICS } from '../model/metrics.js';
import type { Bound, StatusPredicate } from '../model/plan.js';
import { dictionary, type Shape, scalar } from './shape.js';

/** Timers end at 2^31 ms; nobody tests a failover for longer than a day. */
const LONGEST_MS = 86_400_000;
const DURATION = '^\\d+(\\.\\d+)?\\s*(us|ms|s|min|m|h)$';

/** `250ms`, `2s`: text with a unit, in ms. */
export const duration = (leastMs: number): Shape<number> => {
	const expected = 'a time with a unit, such as 250ms or 2s';
	return scalar(expected, { type: 'string', pattern: DURATION }, (value) => {
		const ms = typeof value === 'string' ? parseDuration(value) : undefined;
		if (typeof value === 'number') return { expected, hint: `did you mean ${value}ms or ${value}s?` };
		if (ms === undefined) return undefined;
		if (ms > LONGEST_MS) return { expected: 'a time of at most 24h' };
		return ms < leastMs ? { expected: `a time of at least ${formatDuration(leastMs)}` } : { value: ms };
	});
};

/** A number under a key whose name ends in Ms. */
export const milliseconds = (least: number): Shape<number> =>
	scalar(`a number of milliseconds from ${least} up`, { type: 'number', minimum: least, maximum: LONGEST_MS }, (value) => {
		const fits = typeof value === 'number' && value >= least && value <= LONGEST_MS;
		const ms = typeof value === 'string' ? parseDuration(value) : undefined;
		if (ms !== undefined) return { expected: 'a number of milliseconds', hint: `write ${ms}` };
		return fits ? { value } : undefined;
	});

export const number = (least: number, most: number): Shape<number> =>
	scalar(`a number from ${least} to ${most}`, { type: 'number', minimum: least, maximum: most }, (value) =>
		typeof value === 'number' && value >= least && value <= most ? { value } : undefined,
	);

export const integer = (least: number, most: number): Shape<number> =>
	scalar(`a whole number from ${least} to ${most}`, { type: 'integer', minimum: least, maximum: most }, (value) =>
		Number.isInteger(value) && (value as number) >= least && (value as number) <= most ? { value: value as number } : undefined,
	);

export const positive: Shape<number> = scalar('a number above 0', { type: 'number', exclusiveMinimum: 0 }, (value) =>
	typeof value === 'number' && value > 0 && Number.isFinite(value) ? { value } : undefined,
);

export const flag: Shape<boolean> = scalar('true or false', { type: 'boolean' }, (value) => (typeof value === 'boolean' ? { value } : undefined));

/** Text; `pattern` is what the JSON Schema says too. */
export const text = (expected: string, pattern?: string): Shape<string> =>
	scalar(expected, { type: 'string', minLength: 1, ...(pattern && { pattern }) }, (value) => {
		if (typeof value === 'number' || typeof value === 'boolean') return { expected, hint: `quote it: "${value}"` };
		return typeof value === 'string' && value !== '' && (!pattern || new RegExp(pattern, 'u').test(value)) ? { value } : undefined;
	});

/** Text that people often write without quotes, such as a port in an argument list. */
export const plainText = (expected: string): Shape<string> =>
	scalar(expected, { type: ['string', 'number', 'boolean'] }, (value) =>
		typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? { value: String(value) } : undefined,
	);

/** Any text, the empty one too. */
export const body: Shape<string> = scalar('text', { type: 'string' }, (value) => (typeof value === 'string' ? { value } : undefined));

export const MOST_RATE = 100_000;
/** `200/s`, `6000/min` or 200: requests a second. Undefined when it is none. */
export const parseRate = (written: unknown): number | undefined => {
	const found = /^(\d+(?:\.\d+)?)\s*(?:\/\s*(s|min))?$/.exec(String(written).trim());
	if (!found || (typeof written !== 'string' && typeof written !== 'number')) return undefined;
	const rate = Number(found[1]) / (found[2] === 'min' ? 60 : 1);
	return rate > 0 && rate <= MOST_RATE ? rate : undefined;
};
export const RATE = `a rate such as 200/s, above 0 and up to ${MOST_RATE}/s`;
export const rate: Shape<number> = scalar(
	RATE,
	{
		anyOf: [
			{ type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*(/\\s*(s|min))?\\s*$' },
			{ type: 'number', exclusiveMinimum: 0, maximum: MOST_RATE },
		],
	},
	(value) => {
		const parsed = parseRate(value);
		return parsed === undefined ? undefined : { value: parsed };
	},
);

/** A share of requests: above 0 up to 1, or a percentage. */
export const share: Shape<number> = scalar(
	'a share such as 30% or 0.3, above 0 and up to 1',
	{
		anyOf: [
			{ type: 'number', exclusiveMinimum: 0, maximum: 1 },
			{ type: 'string', pattern: '^\\d+(\\.\\d+)?\\s*%$' },
		],
	},
	(value) => {
		const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value) : null;
		const ratio = percent ? Number(percent[1]) / 100 : value;
		return typeof ratio === 'number' && ratio > 0 && ratio <= 1 ? { value: ratio } : undefined;
	},
);

/** A method's name (RFC 9110 9.1), in capitals whatever was written. CONNECT asks for a tunnel, which a mix cannot send. */
export const method: Shape<string> = scalar('an HTTP method such as GET or POST', { type: 'string', pattern: '^[A-Za-z-]+$' }, (value) =>
	typeof value === 'string' && /^[A-Za-z-]+$/.test(value) && value.toUpperCase() !== 'CONNECT' ? { value: value.toUpperCase() } : undefined,
);

/** `status < 500` */
export const statusPredicate: Shape<StatusPredicate> = scalar(
	"a condition on the status, such as 'status < 500'",
	{ type: 'string', pattern: '^\\s*status\\s*(<=|>=|==|!=|<|>)\\s*[1-5]\\d\\d\\s*$' },
	(value) => {
		const found = typeof value === 'string' ? /^\s*status\s*(<=|>=|==|!=|<|>)\s*([1-5]\d\d)\s*$/.exec(value) : null;
		return found ? { value: { op: found[1] as StatusPredicate['op'], status: Number(found[2]) } } : undefined;
	},
);

/** A metric's bound by its name: `p99: "<= 250ms"`. */
export const bounds: Shape<Record<string, Bound>> = dictionary(
	(name) =>
		scalar('a bound', {}, (value) => {
			const metric = findMetric(name)!;
			const bound = typeof value === 'string' || typeof value === 'number' ? parseBound(value, metric) : parseBound('', metric);
			return isUnreadable(bound) ? bound : { value: bound };
		}),
	{
		minProperties: 1,
		additionalProperties: false,
		properties: Object.fromEntries(
			METRICS.flatMap((m) => [...new Set([m.alias, m.name])].map((name) => [name, { type: ['string', 'number'], description: m.summary }])),
		),
	},
	'the bounds by metric, such as availability: ">= 99%"',
	(name) => (findMetric(name) ? undefined : { expected: unknownMetric(name) }),
);
