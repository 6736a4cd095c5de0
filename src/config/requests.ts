import { parsePointer } from '../model/json-pointer.js';
import type { Correlation, OkPredicate, StatusPredicate } from '../model/plan.js';
import { textTest } from '../workload/ok-predicate.js';
import { MOST_RATE, parseRate, RATE, statusPredicate } from './scalars.js';
import { dictionary, object, optional, type Shape, scalar, valueOr } from './shape.js';

/** `200/s`, or `100/s..500/s`: from one to the other in a straight line; one of the two may be 0. */
export const ramp: Shape<{ from: number; to: number }> = scalar(
	`${RATE}, or from one to another: 100/s..500/s`,
	{
		anyOf: [
			{ type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*(/\\s*(s|min))?\\s*(\\.\\.\\s*\\d+(\\.\\d+)?\\s*(/\\s*(s|min))?\\s*)?$' },
			{ type: 'number', exclusiveMinimum: 0, maximum: MOST_RATE },
		],
	},
	(value) => {
		const parts = typeof value === 'string' ? value.split('..') : [value];
		if (parts.length === 1) {
			const rate = parseRate(value);
			return rate === undefined ? undefined : { value: { from: rate, to: rate } };
		}
		const [from, to] = parts.map((part) => (/^\s*0(\.0+)?\s*(\/\s*(s|min))?\s*$/.test(String(part)) ? 0 : parseRate(part)));
		return parts.length > 2 || from === undefined || to === undefined || from + to === 0 ? undefined : { value: { from, to } };
	},
);

const POINTER = 'body /POINTER';
/** `trace`, `header x-request-id`, `query rid`, `body /order/id` */
export const parseCorrelation = (written: string): Correlation | { expected: string } => {
	const found = /^\s*(trace|header|query|body)(?:\s+(\S+))?\s*$/.exec(written);
	const [, kind, name] = found ?? [];
	const expected = `trace, header NAME, query NAME or ${POINTER}`;
	if (kind === 'trace' && name === undefined) return { kind };
	if (kind === undefined || kind === 'trace' || name === undefined) return { expected };
	if (kind === 'body') return parsePointer(name) ? { kind, pointer: name } : { expected: 'a JSON pointer such as body /order/id' };
	if (kind === 'query') return /^[\w.-]+$/.test(name) ? { kind, name } : { expected: "a parameter's name such as query rid" };
	if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return { expected: "a header's name such as header x-request-id" };
	const lower = name.toLowerCase();
	if (lower === 'traceparent') return { kind: 'trace' };
	return /^(content-length|transfer-encoding|connection|host)$/.test(lower) ? { expected: 'a header that frames no request' } : { kind: 'header', name: lower };
};

export const correlation: Shape<Correlation> = scalar(
	'where an id survives: trace, header NAME, query NAME or body /POINTER',
	{ type: 'string', pattern: '^\\s*(trace|(header|query|body)\\s+\\S+)\\s*$' },
	(value) => {
		const found = typeof value === 'string' ? parseCorrelation(value) : undefined;
		return found === undefined || 'expected' in found ? found : { value: found };
	},
);

/** `/pattern/flags`, or text that must be contained. */
const sought: Shape<string> = scalar('text to be contained, or a regular expression such as /ok/i', { type: 'string', minLength: 1 }, (value) => {
	if (typeof value === 'number' || typeof value === 'boolean') return { expected: 'text', hint: `quote it: "${value}"` };
	if (typeof value !== 'string' || value === '') return undefined;
	try {
		textTest(value);
		return { value };
	} catch (error) {
		return { expected: 'a regular expression', hint: (error as Error).message };
	}
});

const header = dictionary(
	() => sought,
	{ minProperties: 1, propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }, additionalProperties: { type: 'string', minLength: 1 } },
	'headers of the answer',
	(name) => (/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) ? undefined : { expected: "a header's name" }),
);

/** `< 500`, the word `status` being the key already. */
const bareStatus: Shape<StatusPredicate> = scalar(
	"a condition on the status, such as '< 500'",
	{
		anyOf: [
			{ type: 'string', pattern: '^\\s*(<=|>=|==|!=|<|>)?\\s*[1-5]\\d\\d\\s*$' },
			{ type: 'integer', minimum: 100, maximum: 599 },
		],
	},
	(value) => {
		const found = typeof value === 'string' || typeof value === 'number' ? /^\s*(<=|>=|==|!=|<|>)?\s*([1-5]\d\d)\s*$/.exec(String(value)) : null;
		return found ? { value: { op: (found[1] ?? '==') as StatusPredicate['op'], status: Number(found[2]) } } : undefined;
	},
);
const parts = object({
	status: optional(bareStatus, 'on the status; below 400 if absent'),
	body: optional(sought, 'in the first 64 KiB of the body'),
	header: optional(header, 'in headers of the answer'),
});
const whole: Shape<OkPredicate> = {
	schema: parts.schema,
	read(node, path, reader) {
		const { status, body, header: headers } = parts.read(node, path, reader);
		const lower = headers && Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
		return { ...(status ?? { op: '<', status: 400 }), ...(body !== undefined && { body }), ...(lower && { header: lower }) };
	},
};

/** `status < 500`, or all of `{ status: "< 500", body: /ok/, header: { x-cache: MISS } }`. */
export const okPredicate: Shape<OkPredicate> = valueOr<OkPredicate, OkPredicate>(statusPredicate, whole);
