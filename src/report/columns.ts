/** A cell: its text, and how it is painted once it has been padded (paint has no width). */
export interface Cell {
	text: string;
	paint?: (text: string) => string;
	right?: boolean;
}

/** Rows in columns two blanks apart, without borders: they align for eyes and split for awk. */
export const columns = (rows: readonly (readonly Cell[])[], indent = ''): string[] => {
	const widths: number[] = [];
	for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell.text));
	return rows.map((row) => {
		const filled = row.slice(0, row.findLastIndex((cell) => cell.text !== '') + 1);
		return indent + filled.map((cell, i) => pad(cell, widths[i]!, i === filled.length - 1)).join('  ');
	});
};

const width = (text: string): number => [...text].length;
const pad = ({ text, paint, right }: Cell, to: number, last: boolean): string => {
	const blanks = ' '.repeat(to - width(text));
	const painted = text !== '' && paint ? paint(text) : text;
	return right ? blanks + painted : last ? painted : painted + blanks;
};

/** Prose in lines of at most `columns`, each after the indent; a longer word stands alone. */
export const wrap = (text: string, most: number, indent: string): string[] => {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && indent.length + width(line) + 1 + width(word) > most) {
			lines.push(indent + line);
			line = word;
		} else line = line === '' ? word : `${line} ${word}`;
	}
	return [...lines, indent + line];
};
