import { readFile } from 'node:fs/promises';

export const policiesPage = (): Promise<string> => readFile(new URL('../../../docs/policies.md', import.meta.url), 'utf8');

/** The measured table of docs/policies.md: policy → scene → cell. */
export const measured = async (): Promise<Map<string, Map<string, string>>> => {
	const part = /<!-- measured -->\n([\s\S]*?)<!-- end -->/.exec(await policiesPage())?.[1] ?? '';
	const cells = (line: string): string[] =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim());
	const [head, , ...rows] = part.trim().split('\n').map(cells) as [string[], string[], ...string[][]];
	return new Map(rows.map(([policy = '', ...values]) => [policy.replaceAll('`', ''), new Map(values.map((value, i) => [head[i + 1] as string, value]))]));
};
