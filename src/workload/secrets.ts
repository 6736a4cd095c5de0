/** `${NAME}`; `$${NAME}` is that text itself. */
const NAMED = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The variables that a text asks for, each once, in order. */
export const variablesOf = (text: string): string[] => [
	...new Set([...text.matchAll(NAMED)].flatMap(([, escaped, name]) => (escaped ? [] : [name as string]))),
];

/**
 * A text with its variables. This happens where the request is made and nowhere before: plans, histories and messages
 * hold `${NAME}`, never the value. A variable that is not there stays as it was written; the configuration has refused
 * it before.
 */
export const reveal = (text: string, env: Readonly<Record<string, string | undefined>>): string =>
	text.replace(NAMED, (whole, escaped: string, name: string) => (escaped ? whole.slice(1) : (env[name] ?? whole)));
