import { usageError } from '../model/errors.js';

/**
 * `-w 5 "two words" 'a b' c\ d` → its words, as a shell would split them. Nothing else of a shell: `$HOME`, `*` and `|` stay as
 * they are. Throws E_TARGET for a quote that does not end.
 */
export const commandWords = (line: string): string[] => {
	const words: string[] = [];
	const piece = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;
	let word: string | null = null;
	while (piece.lastIndex < line.length) {
		const at = piece.lastIndex;
		const found = piece.exec(line);
		if (!found)
			throw usageError(
				'E_TARGET',
				`exec: expected the end of what begins with ${line.slice(at, at + 20)}`,
				'a quote that is meant as itself is written \\" or \\\'',
			);
		const [whole, single, double, escaped, plain] = found;
		const text = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
		if (text !== undefined) word = (word ?? '') + text;
		else if (whole && word !== null) {
			words.push(word);
			word = null;
		}
	}
	if (word !== null) words.push(word);
	return words;
};
