import type { EventEmitter } from 'node:events';

/** What a full-screen view is drawn on: stdout. */
export interface ScreenOutput extends Pick<EventEmitter, 'on' | 'off'> {
	columns?: number | undefined;
	rows?: number | undefined;
	writableNeedDrain?: boolean;
	write(text: string): unknown;
}

/** Where keys come from: stdin, if it is a terminal. */
export interface ScreenInput extends Pick<EventEmitter, 'on' | 'off'> {
	isTTY?: boolean | undefined;
	setRawMode?(on: boolean): unknown;
	resume(): unknown;
	pause(): unknown;
}

export interface Screen {
	readonly columns: number;
	readonly rows: number;
	/** Shows these lines, the first on top; only lines that differ from what is there are written. */
	draw(lines: readonly string[]): void;
	/** Gives the terminal back as it was. Idempotent. */
	close(): void;
}

export interface ScreenEvents {
	/** `q`, `up`, `down`, `page-up`, `page-down`, `home`. Ctrl-C is a SIGINT, as it would be without us. */
	key(name: string): void;
	/** The size has changed, or the terminal has to be drawn anew. */
	resized(): void;
}

const ESC = '\u001b';
const CSI = `${ESC}[`;
/** Alternate screen, no cursor, no wrapping at the right edge. */
const ENTER = `${CSI}?1049h${CSI}?25l${CSI}?7l${CSI}2J`;
const LEAVE = `${CSI}?7h${CSI}?25h${CSI}?1049l`;
/** Terminals that know it show a frame at once; the others take no notice (synchronized output, mode 2026). */
const BEGIN = `${CSI}?2026h`;
const END = `${CSI}?2026l`;

const KEYS: Readonly<Record<string, string>> = {
	q: 'q',
	Q: 'q',
	k: 'up',
	j: 'down',
	g: 'home',
	' ': 'page-down',
	b: 'page-up',
	[`${CSI}A`]: 'up',
	[`${CSI}B`]: 'down',
	[`${CSI}5~`]: 'page-up',
	[`${CSI}6~`]: 'page-down',
	[`${CSI}H`]: 'home',
};
const CTRL_C = '\u0003';
const CTRL_L = '\u000c';
const CTRL_Z = '\u001a';
const CTRL_BACKSLASH = '\u001c';

/** Takes the whole terminal, until `close` or the end of the process. */
export const openScreen = (output: ScreenOutput, input: ScreenInput, events: ScreenEvents, signal: (name: NodeJS.Signals) => void): Screen => {
	let shown: readonly string[] = [];
	let open = false;
	const listens = input.isTTY === true && input.setRawMode !== undefined;

	const enter = (): void => {
		open = true;
		shown = [];
		if (listens) {
			input.setRawMode?.(true);
			input.resume();
		}
		output.write(ENTER);
	};
	const leave = (): void => {
		if (!open) return;
		open = false;
		output.write(LEAVE);
		if (listens) {
			input.setRawMode?.(false);
			input.pause();
		}
	};
	const anew = (): void => {
		if (!open) return;
		shown = [];
		output.write(`${CSI}2J`);
		events.resized();
	};
	const typed = (bytes: Buffer | string): void => {
		const text = bytes.toString();
		if (text.includes(CTRL_C)) signal('SIGINT');
		else if (text.includes(CTRL_BACKSLASH)) signal('SIGQUIT');
		else if (text.includes(CTRL_L)) anew();
		else if (text.includes(CTRL_Z)) {
			leave();
			process.once('SIGCONT', () => {
				enter();
				events.resized();
			});
			process.kill(process.pid, 'SIGTSTP');
		} else for (const key of text.startsWith(ESC) ? [text] : text) if (Object.hasOwn(KEYS, key)) events.key(KEYS[key] as string);
	};

	output.on('resize', anew);
	if (listens) input.on('data', typed);
	// However we end, the terminal is given back.
	process.once('exit', leave);
	enter();
	return {
		get columns() {
			return output.columns || 80;
		},
		get rows() {
			return output.rows || 24;
		},
		draw(lines) {
			// A terminal that takes no more is shown the next frame.
			if (!open || output.writableNeedDrain) return;
			let frame = '';
			for (let i = 0; i < Math.max(lines.length, shown.length); i++) {
				if (lines[i] === shown[i]) continue;
				frame += `${CSI}${i + 1};1H${lines[i] ?? ''}${CSI}K`;
			}
			shown = [...lines];
			if (frame !== '') output.write(`${BEGIN}${frame}${END}`);
		},
		close() {
			output.off('resize', anew);
			input.off('data', typed);
			process.off('exit', leave);
			leave();
		},
	};
};
