/** What nginx writes to stderr: with its name, or as into a log (`-e stderr`). */
const SAID = /^(?:nginx: |\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[)/;
const MARK = /^# configuration file (\/.+):$/;

/**
 * The saved output of `nginx -T`: file by file, each behind `# configuration file PATH:`. Null: the text is no such
 * output. What nginx said to stderr may stand around them (2>&1). Throws what nginx itself found wrong.
 */
export const splitDump = (text: string): Map<string, string> | null => {
	const lines = text.trimEnd().split('\n');
	const problem = lines.find((line) => /^\S.*\[(?:emerg|alert|crit)\] /.test(line));
	while (SAID.test(lines.at(-1) ?? '')) lines.pop();
	const first = lines.findIndex((line) => line.trim() !== '' && !SAID.test(line));
	if (!MARK.test(lines[first]?.trimEnd() ?? '')) {
		if (problem !== undefined && first === -1) throw new Error(`nginx -T found: ${problem.replace(/^.*?\[\w+\] (?:\d+#\d+: )?/, '').trim()}`);
		return null;
	}
	const files = new Map<string, string>();
	let path = '';
	let from = first;
	for (let i = first; i <= lines.length; i++) {
		const next = i === lines.length ? '' : MARK.exec((lines[i] as string).trimEnd())?.[1];
		if (next === undefined) continue;
		// nginx writes one line break of its own behind each file.
		if (i > first) files.set(path, lines.slice(from, i).join('\n'));
		path = next;
		from = i + 1;
	}
	return files;
};
