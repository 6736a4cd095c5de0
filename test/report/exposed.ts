export interface Exposed {
	name: string;
	labels: Record<string, string>;
	value: number;
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

/**
 * Reads Prometheus' text format 0.0.4, and throws where a scraper would, or promtool would complain: an escape that is none, a
 * sample outside of its family, a family twice, HELP or TYPE missing or late, a series twice, no line break at the end.
 */
export const exposed = (text: string): Exposed[] => {
	if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
	const found: Exposed[] = [];
	const done = new Set<string>();
	const series = new Set<string>();
	let family = '';
	let said: string[] = [];
	for (const line of text === '' ? [] : text.slice(0, -1).split('\n')) {
		const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\[\\n])+)$/.exec(line);
		if (comment) {
			const [, kind, name, rest] = comment as unknown as [string, string, string, string];
			if (name !== family) {
				if (done.has(name)) throw new Error(`${name} comes twice`);
				done.add(name);
				family = name;
				said = [];
			}
			if (said.includes(kind) || said.includes('sample')) throw new Error(`${kind} of ${name} is late or doubled`);
			if (kind === 'TYPE' && !['gauge', 'counter'].includes(rest)) throw new Error(`no type: ${rest}`);
			said.push(kind);
			continue;
		}
		const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,(?=[a-z])|(?=\})))*)\})? (\S+)$/.exec(line);
		if (!sample) throw new Error(`no sample: ${line}`);
		const [, name, pairs = '', value] = sample as unknown as [string, string, string | undefined, string];
		if (name !== family || !said.includes('HELP') || !said.includes('TYPE')) throw new Error(`${name} stands in no family`);
		said.push('sample');
		if (series.has(`${name}{${pairs}}`)) throw new Error(`twice: ${line}`);
		series.add(`${name}{${pairs}}`);
		if (!/^(NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(value)) throw new Error(`no number: ${value}`);
		const labels = Object.fromEntries([...pairs.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, unescaped(text as string)]));
		if ('quantile' in labels) throw new Error('quantile is for summaries');
		found.push({ name, labels, value: Number(value.replace('Inf', 'Infinity')) });
	}
	return found;
};
