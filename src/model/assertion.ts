import { isUnreadable, parseBound, type Unreadable } from './bound.js';
import { atJsonPath, parseJsonPath } from './json-path.js';
import { nearest } from './nearest.js';
import type { Bound } from './plan.js';
import { findProbeMetric, PROBE_METRICS } from './probe-metrics.js';

/** What an assertion looks at: one answer of an endpoint. */
export interface Answered {
	status?: number | undefined;
	headers?: Record<string, string> | undefined;
	body?: Uint8Array | undefined;
	certDays?: number | undefined;
	load?: number | undefined;
	latencyMs: number;
}

/** About each answer: null: it holds; else what was found. `what`: the part of an answer that it looks at. */
export interface Assertion {
	text: string;
	what: 'status' | 'header' | 'body' | 'json' | 'latency' | 'certDays' | 'load';
	broken(answer: Answered): string | null;
}

/** About all answers of an endpoint together. */
export interface Demand {
	text: string;
	metric: string;
	bound: Bound;
}

export type Expected = { each: Assertion } | { all: Demand } | Unreadable;

const holds = (value: number, { op, value: limit }: Bound): boolean =>
	op === '<' ? value < limit : op === '<=' ? value <= limit : op === '>' ? value > limit : op === '>=' ? value >= limit : (value === limit) === (op === '==');

const shown = (value: unknown): string => {
	const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'nothing');
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

type Test = (value: unknown) => boolean;

/** `"UP"`, `'UP'`, `UP`, `3`, `true`: JSON where it is some, the bare text otherwise. */
const literal = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return text.replace(/^'([\s\S]*)'$/, '$1');
	}
};

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** `contains ok`, `matches /re/i`, `== "UP"`, `>= 3`, `exists`: what may be said of a text or a JSON value. */
const parseTest = (written: string): Test | Unreadable => {
	const found = /^(contains|matches|exists|==|!=|<=|>=|<|>)\s*([\s\S]*)$/.exec(written);
	const expected = "'contains TEXT', 'matches /RE/', '== VALUE', '!= VALUE', '< N', '<= N', '> N', '>= N' or 'exists'";
	if (!found) return { expected };
	const [, word, rest] = found as unknown as [string, string, string];
	if (word === 'exists') return rest === '' ? (value) => value !== undefined : { expected: "nothing after 'exists'" };
	if (rest === '') return { expected: `something after '${word}'` };
	if (word === 'matches') {
		const re = /^\/([\s\S]*)\/([imsu]*)$/.exec(rest);
		if (!re) return { expected: 'a regular expression between slashes, such as /ok|ready/i' };
		try {
			const pattern = new RegExp(re[1] as string, re[2]);
			return (value) => value !== undefined && pattern.test(asText(value));
		} catch (error) {
			return { expected: `a regular expression (${(error as Error).message})` };
		}
	}
	const wanted = literal(rest);
	if (word === 'contains')
		return (value) => (Array.isArray(value) ? value.some((each) => same(each, wanted)) : value !== undefined && asText(value).includes(asText(wanted)));
	if (word === '==') return (value) => same(value, wanted);
	if (word === '!=') return (value) => !same(value, wanted);
	if (typeof wanted !== 'number') return { expected: `a number after '${word}'` };
	const bound: Bound = { op: word as Bound['op'], value: wanted, text: written };
	return (value) => {
		const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
		return !Number.isNaN(number) && holds(number, bound);
	};
};

const same = (value: unknown, wanted: unknown): boolean =>
	value !== undefined && (JSON.stringify(value) === JSON.stringify(wanted) || (typeof value === 'string' && value === asText(wanted)));

const isTest = (found: Test | Unreadable): found is Test => typeof found === 'function';

const utf8 = new TextDecoder();

/** The longest known words for `--expect`, as examples. */
export const EXPECT_EXAMPLES =
	"'status == 200', 'p99 < 250ms', 'body contains ok', 'json $.status == \"UP\"', 'header server matches /nginx/', 'certDays > 14'";

/**
 * One `--expect`: `status`, `latency`, `certDays`, `load` with a bound; `body`, `header NAME`, `json $.path` with a test;
 * or a metric of all answers (p50, p90, p99, min, max, availability) with a bound.
 */
export const parseExpected = (written: string): Expected => {
	const text = written.trim();
	const found = /^([A-Za-z]\w*)\s*([\s\S]*)$/.exec(text);
	if (!found) return { expected: `one of ${EXPECT_EXAMPLES}` };
	const [, word, rest] = found as unknown as [string, string, string];
	switch (word) {
		case 'status':
		case 'certDays':
		case 'load':
		case 'latency': {
			if (!/^(?:[<>=!≤≥])/.test(rest)) return { expected: `an operator and a value, such as '${word} ${word === 'latency' ? '< 250ms' : '== 200'}'` };
			const bound = parseBound(rest, { name: word, alias: word, unit: word === 'latency' ? 'ms' : 'factor', summary: '' });
			if (isUnreadable(bound)) return bound;
			const key = word === 'latency' ? 'latencyMs' : word;
			return {
				each: {
					text,
					what: word,
					broken: (answer) => {
						const value = answer[key];
						if (value === undefined) return `no ${word}`;
						return holds(value, bound) ? null : Number.isInteger(value) ? String(value) : value.toFixed(1);
					},
				},
			};
		}
		case 'body': {
			const test = parseTest(rest);
			if (!isTest(test)) return test;
			return {
				each: {
					text,
					what: 'body',
					broken: (answer) => {
						const body = utf8.decode(answer.body ?? new Uint8Array());
						return test(body) ? null : shown(body);
					},
				},
			};
		}
		case 'header': {
			const named = /^([^\s:=<>!]+)\s+([\s\S]+)$/.exec(rest);
			if (!named) return { expected: "a header's name and a test, such as 'header server matches /nginx/'" };
			const name = (named[1] as string).toLowerCase();
			const test = parseTest(named[2] as string);
			if (!isTest(test)) return test;
			return {
				each: {
					text,
					what: 'header',
					broken: ({ headers }) => {
						const value = headers && Object.hasOwn(headers, name) ? headers[name] : undefined;
						return test(value) ? null : value === undefined ? 'no such header' : shown(value);
					},
				},
			};
		}
		case 'json':
			return parseJson(text, rest);
	}
	const metric = findProbeMetric(word);
	if (!metric) {
		const words = ['status', 'body', 'header', 'json', 'latency', 'certDays', 'load', ...PROBE_METRICS.map((m) => m.alias)];
		const near = nearest(word, words);
		return { expected: near ? `something to look at; did you mean ${near}?` : `one of ${words.join(', ')}` };
	}
	const bound = /^[<>=!≤≥]/.test(rest) ? parseBound(rest, metric) : { expected: `an operator and a value, such as '${word} <= 250ms'` };
	return isUnreadable(bound) ? bound : { all: { text, metric: metric.name, bound } };
};

const parseJson = (text: string, rest: string): Expected => {
	const found = /^(\$(?:[^\s"'=<>!]|"(?:[^"\\]|\\.)*"|'[^']*')*)\s*([\s\S]+)$/.exec(rest);
	const steps = found ? parseJsonPath(found[1] as string) : null;
	if (!found || !steps) return { expected: 'a path and a test, such as \'json $.status == "UP"\'' };
	const test = parseTest(found[2] as string);
	if (!isTest(test)) return test;
	return {
		each: {
			text,
			what: 'json',
			broken: (answer) => {
				let document: unknown;
				try {
					document = JSON.parse(utf8.decode(answer.body ?? new Uint8Array()));
				} catch {
					return 'no JSON';
				}
				const value = atJsonPath(document, steps);
				return test(value) ? null : shown(value);
			},
		},
	};
};
