import { nearest } from './nearest.js';

const RESERVED = 'listen|port|upstreams|dir|n[1-9]\\d{0,3}';
const PLACEHOLDER = new RegExp(`\\{\\{(${RESERVED})\\}\\}|(?<!\\$)\\{(${RESERVED})\\}`, 'g');
const isReserved = (name: string): boolean => new RegExp(`^(?:${RESERVED})$`).test(name);

/** By reserved name: `listen` (host:port), `port`, `n1` … (host:port of each node), `upstreams`, `dir`. What is missing stays as it was written. */
export type TemplateValues = Readonly<Record<string, string | number | undefined>>;

/** The values of {n1} … {nN} and {upstreams} for these nodes, each given as host:port. */
export const nodeValues = (nodes: readonly string[]): Record<string, string> => ({
	upstreams: nodes.join(','),
	...Object.fromEntries(nodes.map((node, i) => [`n${i + 1}`, node])),
});

/**
 * Fills {listen} {port} {n1} … {upstreams} {dir}, and nothing else. Configuration languages are full of braces, so the
 * doubled ones are literal in this way: around a reserved name they lose one level (`{{port}}` → `{port}`), everywhere
 * else `{{` and `}}` stand for themselves (two nested nginx blocks closed as `}}` stay closed). `${port}` is a variable
 * of the other language and stays. Values are not filled again, and no line is added or removed.
 */
export const fillTemplate = (text: string, values: TemplateValues): string =>
	text.replace(PLACEHOLDER, (whole, escaped: string | undefined, name: string | undefined) =>
		escaped !== undefined ? `{${escaped}}` : (values[name as string]?.toString() ?? whole),
	);

/** The reserved names that `text` asks to be filled, each once: `['listen', 'n1', 'n2']`. */
export const placeholders = (text: string): string[] => [...new Set([...text.matchAll(PLACEHOLDER)].flatMap((m) => m[2] ?? []))];

const LIKELY: Record<string, string> = {
	bind: 'listen',
	address: 'listen',
	addr: 'listen',
	hostport: 'listen',
	upstream: 'upstreams',
	backends: 'upstreams',
	nodes: 'upstreams',
	servers: 'upstreams',
	tmp: 'dir',
	scratch: 'dir',
};

/**
 * Probable mistakes, one sentence each with its line: {n4} where there are 3 nodes, a reserved name that this template
 * does not get, a misspelt one ({upstream}, {Listen}, { port }), a `${listen}` that another language would have to fill.
 * `known` names what is filled: `['listen', 'port', 'n1', 'n2', 'n3', 'upstreams', 'dir']`.
 */
export const lintTemplate = (text: string, known: readonly string[]): string[] =>
	text.split('\n').flatMap((line, i) =>
		[...line.matchAll(/(\$?)(\{?)\{(\s*)([A-Za-z][\w-]*)(\s*)\}/g)].flatMap(([whole, dollar, doubled = '', before, name = '', after]) => {
			if (doubled !== '') return [];
			const written = dollar ? whole.slice(1) : whole;
			const why = dollar ? variable(name, known) : mistake(written, name, before !== '' || after !== '', known);
			return why === undefined ? [] : [`line ${i + 1}: ${why}`];
		}),
	);

const variable = (name: string, known: readonly string[]): string | undefined =>
	known.includes(name) ? `\${${name}} is left alone; write {${name}} to have it filled` : undefined;

const mistake = (written: string, name: string, spaced: boolean, known: readonly string[]): string | undefined => {
	const nodes = known.filter((key) => /^n\d+$/.test(key));
	const shown = known.map((key) => `{${key}}`).join(' ');
	if (spaced) return isReserved(name) ? `${written} is left alone; write {${name}} without spaces` : undefined;
	if (known.includes(name)) return undefined;
	if (/^n\d+$/.test(name) && nodes.length > 0)
		return `${written}: there is no such node; there ${nodes.length === 1 ? 'is only n1' : `are n1 … ${nodes.at(-1)}`}`;
	if (isReserved(name)) return `${written} is not filled here; filled are ${shown}`;
	const meant = LIKELY[name.toLowerCase()] ?? nearest(name, known);
	return meant !== undefined && known.includes(meant) ? `${written} is not filled; did you mean {${meant}}? Filled are ${shown}` : undefined;
};
