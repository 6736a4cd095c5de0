import { isHeaderName } from './match.js';
import type { Header } from './plan.js';

/** "name: value" lines, as attributes hold them: an attribute is one text. */
export const parseHeaderLines = (text: string): Header[] =>
	text
		.split(/\r?\n/)
		.filter((line) => line.trim() !== '')
		.map((line) => {
			const colon = line.indexOf(':');
			return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
		});

/** Names with commas between, in lower case. */
export const parseHeaderNames = (text: string): string[] =>
	text
		.split(',')
		.map((name) => name.trim().toLowerCase())
		.filter((name) => name !== '');

/** They say where a message ends: changed, the next one could not be found. */
const FRAMING = ['content-length', 'transfer-encoding'];

const nameObjection = (key: string, name: string, forbidden: readonly string[]): string | null => {
	if (!isHeaderName(name)) return `${key} names a header that cannot be: ${JSON.stringify(name)}`;
	return forbidden.includes(name.toLowerCase()) ? `${key} must not name ${name}: it is what tells the end of the message` : null;
};

/** A sentence if these lines cannot be headers, else null. */
export const headerLinesObjection = (key: string, text: string, forbidden: readonly string[] = FRAMING): string | null => {
	for (const line of text.split(/\r?\n/))
		if (line.trim() !== '' && !line.includes(':')) return `${key} must be lines of "name: value", not ${JSON.stringify(line)}`;
	for (const [name, value] of parseHeaderLines(text)) {
		const wrong = nameObjection(key, name, forbidden);
		if (wrong) return wrong;
		// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are refused
		if (/[\0-\x08\x0a-\x1f\x7f]|[^\0-\xff]/.test(value)) return `${key}: the value of ${name} holds a character that a header cannot`;
	}
	return null;
};

export const headerNamesObjection = (key: string, text: string): string | null => {
	for (const name of parseHeaderNames(text)) {
		const wrong = nameObjection(key, name, FRAMING);
		if (wrong) return wrong;
	}
	return null;
};
