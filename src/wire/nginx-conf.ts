/** One directive of an nginx configuration, with where it stands, so that a copy can be edited without moving a line. */
export interface Directive {
	name: string;
	/** Unquoted. */
	args: string[];
	/** Offsets of the directive's first character, and just behind its `;` or `}`. */
	start: number;
	end: number;
	/** 1-based. */
	line: number;
	/** `open` is the offset just behind `{`, `close` that of the matching `}`. */
	block: { open: number; close: number; children: Directive[] } | null;
}
export type ParsedConf = { ok: true; directives: Directive[] } | { ok: false; line: number; why: string };

const SPACE = /[ \t\r\n]/;

/**
 * Reads a configuration by the rules of nginx's own tokenizer (ngx_conf_read_token): `#`, quotes and `}` mean something
 * only where a token begins, `;` and `{` end one, `${` does not. Blocks in another language (Lua) are not read.
 */
export const parseNginxConf = (text: string): ParsedConf => {
	const stack: { directive: Directive; children: Directive[] }[] = [];
	let siblings: Directive[] = [];
	let words: string[] = [];
	let start = 0;
	let startLine = 1;
	let line = 1;
	let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
	const fail = (why: string): ParsedConf => ({ ok: false, line, why });
	const begin = (): void => {
		if (words.length > 0) return;
		start = at;
		startLine = line;
	};

	while (at < text.length) {
		const c = text[at] as string;
		if (c === '\n') line += 1;
		if (SPACE.test(c)) at += 1;
		else if (c === '#') {
			while (at < text.length && text[at] !== '\n') at += 1;
		} else if (c === ';') {
			if (words.length === 0) return fail('unexpected ";"');
			at += 1;
			siblings.push({ name: words[0] as string, args: words.slice(1), start, end: at, line: startLine, block: null });
			words = [];
		} else if (c === '{') {
			const name = words[0];
			if (name === undefined) return fail('unexpected "{"');
			if (/_by_lua_block$/.test(name)) return fail(`${name} holds another language`);
			at += 1;
			const children: Directive[] = [];
			const directive: Directive = { name, args: words.slice(1), start, end: at, line: startLine, block: { open: at, close: at, children } };
			siblings.push(directive);
			stack.push({ directive, children: siblings });
			siblings = children;
			words = [];
		} else if (c === '}') {
			const outer = stack.pop();
			if (words.length > 0 || !outer?.directive.block) return fail('unexpected "}"');
			outer.directive.block.close = at;
			at += 1;
			outer.directive.end = at;
			siblings = outer.children;
		} else if (c === '"' || c === "'") {
			begin();
			let word = '';
			for (at += 1; at < text.length && text[at] !== c; at++) {
				if (text[at] === '\n') line += 1;
				if (text[at] === '\\' && at + 1 < text.length) at += 1;
				word += text[at];
			}
			if (at >= text.length) return fail('a quote is not closed');
			at += 1;
			words.push(word);
		} else {
			begin();
			const from = at;
			for (; at < text.length; at++) {
				const d = text[at] as string;
				if (d === '\\') at += 1;
				else if (SPACE.test(d) || d === ';' || (d === '{' && text[at - 1] !== '$')) break;
			}
			words.push(text.slice(from, at));
		}
	}
	if (words.length > 0) return fail(`unexpected end of file, expecting ";" or "}" after "${words[0]}"`);
	if (stack.length > 0) return fail(`the block "${stack.at(-1)?.directive.name}" is not closed`);
	return { ok: true, directives: siblings };
};

/** Every directive, parents before children. */
export const walk = function* (directives: readonly Directive[]): Generator<Directive> {
	for (const directive of directives) {
		yield directive;
		if (directive.block) yield* walk(directive.block.children);
	}
};

/** Replaces `text.slice(from, to)` by `text`. */
export interface Edit {
	from: number;
	to: number;
	text: string;
}

/** Applies edits that do not overlap; those at one place come out in the given order. Keeps every line where it is, as long as they hold no line break. */
export const applyEdits = (text: string, edits: readonly Edit[]): string => {
	let out = '';
	let at = 0;
	for (const edit of [...edits].sort((a, b) => a.from - b.from)) {
		out += text.slice(at, edit.from) + edit.text;
		at = edit.to;
	}
	return out + text.slice(at);
};

/** Blocks whose own `access_log` would hide one that is set further out: there the witness must be set again. */
const LOGGING_BLOCKS = new Set(['http', 'server', 'location', 'if', 'limit_except']);

export type WitnessPlan = { ok: true; edits: Edit[] } | { ok: false; why: string };

/**
 * Where a log of our own must be set so that every request of the file's http block reaches it: at the head of the block,
 * and beside each `access_log` further in (an `access_log off` is taken out, since it would silence ours too).
 * `included` are the directives of the files that the http block includes, which cannot be edited.
 */
export const planWitness = (directives: readonly Directive[], format: string, accessLog: string, included: readonly Directive[]): WitnessPlan => {
	const blocks = directives.filter((d) => d.name === 'http' && d.block);
	const http = blocks[0]?.block;
	if (!http) return { ok: false, why: 'the file has no http block' };
	if (blocks.length > 1) return { ok: false, why: 'the file has more than one http block' };
	const own = [...walk(included)].find((d) => d.name === 'access_log' && d.args[0] !== undefined);
	if (own) return { ok: false, why: 'an included file has an access_log of its own' };
	const edits: Edit[] = [{ from: http.open, to: http.open, text: ` ${format} ${accessLog}` }];
	const visit = (block: NonNullable<Directive['block']>, outermost: boolean): void => {
		const logs = block.children.filter((d) => d.name === 'access_log');
		if (logs.length > 0 && !outermost) edits.push({ from: block.open, to: block.open, text: ` ${accessLog}` });
		for (const log of logs) if (log.args[0] === 'off') edits.push({ from: log.start, to: log.end, text: '' });
		for (const child of block.children) if (child.block && LOGGING_BLOCKS.has(child.name)) visit(child.block, false);
	};
	visit(http, true);
	return { ok: true, edits };
};
