export interface TableOptions {
	head?: readonly string[];
	align?: readonly ('left' | 'right')[];
}

const NONE = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
const BORDERLESS = { ...NONE, left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' };

/** Columns that align and grep well: no borders, and none of the colours that cli-table3 paints even into a pipe. */
export const formatTable = async (rows: readonly (readonly string[])[], options: TableOptions = {}): Promise<string> => {
	const { default: Table } = await import('cli-table3');
	const table = new Table({
		chars: BORDERLESS,
		style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
		...(options.head && { head: [...options.head] }),
		...(options.align && { colAligns: [...options.align] }),
	});
	for (const row of rows) table.push([...row]);
	return table
		.toString()
		.split('\n')
		.map((line) => line.trimEnd())
		.join('\n');
};
