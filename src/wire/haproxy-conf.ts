export interface HaproxyDirective {
	/** 1-based. */
	line: number;
	/** `global`, `defaults`, `frontend` …: the section it stands in; empty before the first. */
	section: string;
	words: string[];
}

const SECTIONS = new Set(
	'global defaults frontend backend listen peers resolvers mailers program userlist cache ring http-errors log-forward fcgi-app crt-store traces'.split(' '),
);

/** Splits one line into words as HAProxy does: blanks part them, `#` begins a comment, quotes and backslashes keep blanks. Variables are not expanded. */
export const haproxyWords = (text: string): string[] => {
	const words: string[] = [];
	let word: string | null = null;
	let quote = '';
	for (let i = 0; i < text.length; i++) {
		const c = text[i] as string;
		if (c === '\\' && quote !== "'" && i + 1 < text.length) word = (word ?? '') + text[++i];
		else if (quote) {
			if (c === quote) quote = '';
			else word = (word ?? '') + c;
		} else if (c === '"' || c === "'") {
			quote = c;
			word ??= '';
		} else if (c === '#') break;
		else if (/\s/.test(c)) {
			if (word !== null) words.push(word);
			word = null;
		} else word = (word ?? '') + c;
	}
	if (word !== null) words.push(word);
	return words;
};

/** Every line that says something, with its section. */
export const parseHaproxyConf = (text: string): HaproxyDirective[] => {
	let section = '';
	return text.split('\n').flatMap((raw, i) => {
		const words = haproxyWords(raw);
		if (words.length === 0) return [];
		if (SECTIONS.has(words[0] as string)) section = words[0] as string;
		return [{ line: i + 1, section, words }];
	});
};

/** Puts those lines behind a `#`, each with the reason: no line moves. */
export const commentOut = (text: string, lines: ReadonlyMap<number, string>): string =>
	text
		.split('\n')
		.map((raw, i) => (lines.has(i + 1) ? `# ${raw.trimStart()}  # ${lines.get(i + 1)}` : raw))
		.join('\n');
