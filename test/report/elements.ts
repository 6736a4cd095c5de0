/** The names of all elements; throws where tags do not nest, attributes are not quoted, or an entity is unknown. */
export const elements = (text: string): string[] => {
	const open: string[] = [];
	const names = new Set<string>();
	let at = text.indexOf('?>') + 2;
	const token = /\s*(?:<(\/?)([a-z-]+)((?:\s+[a-z]+="(?:[^<&"]|&(?:amp|lt|gt|quot|apos|#\d+);)*")*)(\/?)>|((?:[^<>&]|&(?:amp|lt|gt|quot|apos|#\d+);)+))/y;
	while (text.slice(at).trim() !== '') {
		token.lastIndex = at;
		const found = token.exec(text);
		if (!found) throw new Error(`no XML at ${text.slice(at, at + 60)}`);
		at = token.lastIndex;
		const [, closing, name, , empty] = found;
		if (name === undefined) continue;
		names.add(name);
		if (closing && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
		if (!closing && !empty) open.push(name);
	}
	if (open.length > 0) throw new Error(`never closed: ${open}`);
	return [...names].sort();
};
