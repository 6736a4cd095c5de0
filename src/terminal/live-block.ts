import { clip } from '../report/cells.js';
import { canAnimate, type ProgressStream } from './spinner.js';

/** Lines at the foot of a terminal that change in place, below lines that stay. */
export interface LiveBlock {
	readonly animated: boolean;
	/** Where nothing can move it is not shown. */
	draw(lines: readonly string[]): void;
	/** A line that stays, above the block. */
	line(text: string): void;
	/** Leaves the block as it stands, and gives the cursor back. Idempotent. */
	done(): void;
}

const CSI = '\u001b[';
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no columns
const PAINT = /\u001b\[[0-9;]*m/g;

export const createLiveBlock = (stream: ProgressStream, env: Readonly<Record<string, string | undefined>> = process.env): LiveBlock => {
	if (!canAnimate(stream, env)) return { animated: false, draw() {}, line: (text) => void stream.write(`${text}\n`), done() {} };
	let shown: readonly string[] = [];
	let hidden = false;
	const wipe = (): string => (shown.length === 0 ? '' : `${CSI}${shown.length}A${CSI}0J`);
	// A wrapped line would be two, and the wipe would miss one.
	const fit = (line: string): string => {
		const bare = line.replace(PAINT, '');
		const columns = (stream.columns ?? 80) - 1;
		return bare.length <= columns ? line : clip(bare, columns);
	};
	const leave = (): void => {
		if (hidden) stream.write(`${CSI}?25h`);
		hidden = false;
	};
	process.once('exit', leave);
	return {
		animated: true,
		draw(lines) {
			const next = lines.map(fit);
			stream.write(`${hidden ? '' : `${CSI}?25l`}${wipe()}${next.map((line) => `${line}\n`).join('')}`);
			hidden = true;
			shown = next;
		},
		line(text) {
			const again = shown;
			stream.write(`${wipe()}${text}\n${again.map((line) => `${line}\n`).join('')}`);
		},
		done() {
			shown = [];
			leave();
			process.off('exit', leave);
		},
	};
};
