import { usageError } from '../model/errors.js';

/** One of a few words from a target's query or options. Throws E_FLAG (exit 2). */
export const oneOf = <T extends string>(name: string, found: string | undefined, words: readonly T[], usual: T): T => {
	if (found === undefined) return usual;
	if (!(words as readonly string[]).includes(found)) throw usageError('E_FLAG', `${name}: expected one of ${words.join(', ')}, found ${JSON.stringify(found)}`);
	return found as T;
};

/** The path of a target without its query: '' or '/x', percent-decoded. Throws E_TARGET. */
export const pathOf = (path: string): string => {
	try {
		return decodeURIComponent(path.replace(/\?.*$/s, ''));
	} catch {
		throw usageError('E_TARGET', `path ${JSON.stringify(path)}: expected percent-encoding (% itself is %25)`);
	}
};

/** A secret must not be repeated to anybody, even when a server does. */
export const hiding = (text: string, secret: string | undefined): string => (secret ? text.replaceAll(secret, '***') : text);
