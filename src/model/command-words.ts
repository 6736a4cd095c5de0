/**
 * A command line in words, without a shell: words are split at blanks; `'…'` is literal, in `"…"` a backslash protects
 * `"` and `\`, outside of quotes it protects whatever follows. Nothing is expanded. A string: what is wrong with it.
 */
export const splitWords = (line: string): string[] | string => {
	const words: string[] = [];
	let word: string | null = null;
	for (let i = 0; i < line.length; i++) {
		const c = line[i] as string;
		if (c === "'" || c === '"') {
			word ??= '';
			const from = i;
			for (i++; i < line.length && line[i] !== c; i++) {
				if (c === '"' && line[i] === '\\' && (line[i + 1] === '"' || line[i + 1] === '\\')) i++;
				word += line[i];
			}
			if (i >= line.length) return `the quote at ${from + 1} has no end`;
		} else if (c === '\\') {
			if (++i >= line.length) return 'nothing follows the last backslash';
			word = (word ?? '') + line[i];
		} else if (/\s/.test(c)) {
			if (word !== null) words.push(word);
			word = null;
		} else word = (word ?? '') + c;
	}
	if (word !== null) words.push(word);
	return words;
};
