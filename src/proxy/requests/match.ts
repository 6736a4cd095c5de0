import type { AttributeInfo } from '../contract.js';
import { type Attributes, string } from '../toxics/toxic.js';
import { headerOf, type RequestFacts } from './plan.js';
import { linearRegex } from './regex.js';

/** Which requests a toxic is for: attributes that all toxics of requests have. Empty: any. */
export const MATCH_ATTRIBUTES = (goType: string): Record<'method' | 'path' | 'header' | 'grpc_method' | 'rpc_method', AttributeInfo> => {
	const field = (key: string): AttributeInfo => string(`${goType}.attributes.${key}`, { additional: true });
	return { method: field('method'), path: field('path'), header: field('header'), grpc_method: field('grpc_method'), rpc_method: field('rpc_method') };
};

/** What lies behind this many characters is not looked at. */
const LOOKED_AT = 4096;

/** `*` stands for anything, also for nothing. */
const glob = (pattern: string): ((text: string) => boolean) => {
	const parts = pattern.split('*');
	if (parts.length === 1) return (text) => text === pattern;
	const first = parts[0] as string;
	const last = parts.at(-1) as string;
	return (text) => {
		if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
		let at = first.length;
		for (const part of parts.slice(1, -1)) {
			const found = text.indexOf(part, at);
			if (found < 0) return false;
			at = found + part.length;
		}
		return at <= text.length - last.length;
	};
};

/** `/api/` is a path, `/^\/api\/v\d/` an expression: one of these tells them apart. */
const SPECIAL = /[\\^$[\](){}|+?*]/;
const isRegex = (pattern: string): boolean => pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/') && SPECIAL.test(pattern);
const textMatcher = (pattern: string): ((text: string) => boolean) => {
	const test = isRegex(pattern) ? linearRegex(pattern.slice(1, -1)) : glob(pattern);
	return (text) => test(text.slice(0, LOOKED_AT));
};

/** An absolute target (to a forward proxy) counts from its path; a query counts only for those who name one. */
const pathMatcher = (pattern: string): ((path: string) => boolean) => {
	const test = textMatcher(pattern);
	const bare = !isRegex(pattern) && !pattern.includes('?');
	return (sent) => {
		const path = sent.startsWith('/') ? sent : sent.replace(/^https?:\/\/[^/?]*/i, '');
		return test(bare ? path.replace(/\?.*$/s, '') : path);
	};
};

/** "name", or "name: value". */
const headerMatcher = (written: string): ((facts: RequestFacts) => boolean) => {
	const colon = written.indexOf(':');
	const name = (colon < 0 ? written : written.slice(0, colon)).trim().toLowerCase();
	if (colon < 0) return ({ headers }) => headerOf(headers, name) !== undefined;
	const test = textMatcher(written.slice(colon + 1).trim());
	return ({ headers }) => headers.some(([key, value]) => key === name && test(value));
};

/** Undefined: the method of its body has not been read. */
type Matcher = (facts: RequestFacts) => boolean;

export interface RequestMatcher {
	/** All but the method of a JSON-RPC body. */
	head: Matcher;
	/** Null: any. */
	rpc: ((methods: readonly string[]) => boolean) | null;
}

/** Throws an Error with a sentence if an expression is none. */
export const requestMatcher = (attributes: Readonly<Attributes>): RequestMatcher => {
	const { method, path, header, grpc_method, rpc_method } = attributes as Record<string, string | undefined>;
	const all: Matcher[] = [];
	if (method) {
		const methods = method
			.toUpperCase()
			.split(',')
			.map((m) => m.trim());
		all.push((facts) => methods.includes(facts.method.toUpperCase()));
	}
	if (path) {
		const test = pathMatcher(path);
		all.push((facts) => test(facts.path));
	}
	if (header) all.push(headerMatcher(header));
	if (grpc_method) {
		const test = textMatcher(grpc_method.replace(/^\/(?!.*\/$)/, ''));
		all.push((facts) => facts.grpcMethod !== undefined && test(facts.grpcMethod));
	}
	const rpc = rpc_method ? textMatcher(rpc_method) : null;
	return { head: (facts) => all.every((test) => test(facts)), rpc: rpc && ((methods) => methods.some(rpc)) };
};

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
export const isHeaderName = (text: string): boolean => NAME.test(text);

/** A sentence if these match attributes make no sense, else null. */
export const matchObjection = (attributes: Record<string, unknown>): string | null => {
	for (const key of ['path', 'grpc_method', 'rpc_method', 'header'] as const) {
		try {
			requestMatcher({ [key]: (attributes[key] as string | undefined) ?? '' });
		} catch (error) {
			return `${key} holds no regular expression: ${(error as Error).message}`;
		}
	}
	const { method, header } = attributes as { method?: string; header?: string };
	for (const one of method ? method.split(',') : []) if (!NAME.test(one.trim())) return `method must be a method or several with commas between, not ${method}`;
	if (header && !NAME.test((header.split(':')[0] as string).trim())) return `header must be a name, or "name: value", not ${header}`;
	return null;
};
