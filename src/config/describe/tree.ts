/** What a daruma.yaml is made of. */
export type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };

/** Exact, where {@link formatDuration} rounds for people. */
export const time = (ms: number): string => (ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

/** What YAML 1.2 reads as text without quotes: words, paths, times and rates. */
const PLAIN = /^(?:[A-Za-z/][\w./-]*(?: [\w./-]+)*|\d+(?:\.\d+)?(?:ms|s|\/s))$/;
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const leaf = (value: string | number | boolean | null): string =>
	typeof value === 'string' && (value === 'off' || (PLAIN.test(value) && !WORDS.test(value))) ? value : JSON.stringify(value);

const isTree = (value: Tree): value is Tree[] | { [key: string]: Tree } => typeof value === 'object' && value !== null;
const flat = (value: Tree): boolean => !isTree(value) || (Array.isArray(value) ? value.every((each) => !isTree(each)) : Object.keys(value).length === 0);

/** Block style for maps and lists of maps, flow style for lists of single values. */
export const emit = (value: Tree, depth: number): string => {
	const indent = '  '.repeat(depth);
	if (!isTree(value)) return `${indent}${leaf(value)}`;
	if (Array.isArray(value)) return value.map((each) => `${indent}- ${flat(each) ? flow(each) : emit(each, depth + 1).trimStart()}`).join('\n');
	return Object.entries(value)
		.map(([key, each]) => {
			const name = PLAIN.test(key) && !WORDS.test(key) ? key : JSON.stringify(key);
			return flat(each) ? `${indent}${name}: ${flow(each)}` : `${indent}${name}:\n${emit(each, depth + 1)}`;
		})
		.join('\n');
};
const flow = (value: Tree): string => {
	if (!isTree(value)) return leaf(value);
	return Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : '{}';
};
