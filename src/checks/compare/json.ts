/** Deeper documents are compared as the text that they are: nobody's answer may exhaust our stack. */
const DEEPEST = 200;

/** Numbers that a double cannot hold exactly are kept as their digits: 2^53 and 2^53 + 1 are two answers. */
const LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const MARK = '\ue000number ';
const exact = (token: string): string => {
	if (token.startsWith('"')) return token;
	const digits = token
		.replace(/[eE].*$/, '')
		.replace(/\D/g, '')
		.replace(/^0+/, '');
	const number = Number(token);
	const held = digits.length <= 15 && Number.isFinite(number) && (number !== 0 || digits === '');
	return held || String(number) === token ? token : `"${MARK}${token}"`;
};

/** A JSON text → its document; undefined: it is none. */
export const parseExact = (text: string): unknown => {
	try {
		const document: unknown = JSON.parse(text);
		return /\d[\d.]{15}|\d[eE]/.test(text) ? JSON.parse(text.replace(LONG_NUMBER, exact)) : document;
	} catch {
		return undefined;
	}
};

/** Without blanks, the keys in order: equal documents are equal texts. Null: too deep. */
export const canonical = (value: unknown, depth = 0): string | null => {
	if (typeof value === 'string' && value.startsWith(MARK)) return value.slice(MARK.length);
	if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
	if (depth >= DEEPEST) return null;
	const parts: string[] = [];
	const keys = Array.isArray(value) ? null : Object.keys(value).sort();
	for (const each of keys ?? (value as unknown[])) {
		const text = canonical(keys ? (value as Record<string, unknown>)[each as string] : each, depth + 1);
		if (text === null) return null;
		parts.push(keys ? `${JSON.stringify(each)}:${text}` : text);
	}
	return keys ? `{${parts.join(',')}}` : `[${parts.join(',')}]`;
};

const isHolder = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const MOST = 60;
const shown = (value: unknown): string => {
	const text = value === undefined ? 'nothing' : (canonical(value) ?? 'something deep');
	return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
};

/** Where two documents differ first, for people: `$.balance: 5, where others say 7`. Null: nowhere. */
export const firstDifference = (own: unknown, other: unknown, path = '$', depth = 0): string | null => {
	if (depth < DEEPEST && isHolder(own) && isHolder(other) && Array.isArray(own) === Array.isArray(other)) {
		for (const key of new Set([...Object.keys(own), ...Object.keys(other)].sort())) {
			const at = Array.isArray(own) ? `[${key}]` : /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
			const [mine, theirs] = [own, other].map((each) => (Object.hasOwn(each, key) ? each[key] : undefined));
			const found = firstDifference(mine, theirs, `${path}${at}`, depth + 1);
			if (found !== null) return found;
		}
		return null;
	}
	return canonical(own) === canonical(other) ? null : `${path}: ${shown(own)}, where others say ${shown(other)}`;
};
