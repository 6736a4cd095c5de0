/** How words are painted. Reports get one; only the terminal room knows how colours are made. */
export interface Style {
	bold(text: string): string;
	dim(text: string): string;
	red(text: string): string;
	green(text: string): string;
	yellow(text: string): string;
	cyan(text: string): string;
}

const same = (text: string): string => text;

/** No colour at all: for files, pipes and tests. */
export const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };
